// The way out, made quicker where JavaScript runs: the page is covered at once, the neutral page
// takes its place in the history, and Shift pressed three times does the same as the button.
// Without this file the button is a plain link and leads to the same place.
"use strict";

(() => {
  const leave = document.querySelector("[data-leave]");
  const status = document.querySelector("[data-leave-status]");
  if (!leave) {
    return;
  }

  const PRESSES = 3;
  const SECONDS_BETWEEN = 5;
  let presses = 0;
  let timer = 0;
  let alone = false;

  function say(text) {
    if (status) {
      status.textContent = text || "";
    }
  }

  function go() {
    document.documentElement.classList.add("covering");
    say(leave.dataset.leaving);
    window.location.replace(leave.href);
  }

  function startOver() {
    presses = 0;
    say("");
  }

  leave.addEventListener("click", (event) => {
    event.preventDefault();
    go();
  });

  document.addEventListener("keydown", (event) => {
    // Shift held down with another key is typing, not a wish to leave.
    alone = event.key === "Shift" && !event.repeat;
    if (event.key !== "Shift") {
      startOver();
    }
  });

  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) {
      return;
    }
    presses += 1;
    window.clearTimeout(timer);
    if (presses >= PRESSES) {
      go();
      return;
    }
    say(presses === 1 ? leave.dataset.twoMore : leave.dataset.oneMore);
    timer = window.setTimeout(startOver, SECONDS_BETWEEN * 1000);
  });

  // Coming back through the history must not meet a covered page.
  window.addEventListener("pageshow", () => {
    document.documentElement.classList.remove("covering");
    startOver();
  });
})();
