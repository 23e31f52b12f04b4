"""What a disclosure sounds like in French: phrases with weights, matched on plain letters.

Apostrophes are blanks here: `j'ai` is `j ai`. People text without accents, and `pas` without `ne`.
"""

from typing import Final

from mobilize.messaging.care.rule import Rule

_MY: Final = r"(?:mon|ma|mes|nos|notre|son|sa|ses|leurs?)"
_ME: Final = r"(?:m|me|nous|l|la|le|les|lui|leur)"
_THEY: Final = (
    r"(?:il|elle|ils|elles|on|(?:le|la|mon|ma|son|notre) (?:patron|patronne|boss|employeur|agence"
    r"|recruteur|mari|chum|conjoint|copain|oncle|tante|proprietaire|gerant|famille|proxenete|ex)"
    r"|quelqu un|cet homme|un homme|ces gens)"
)
_PAPERS: Final = (
    r"(?:passeports?|papiers|documents?|carte d identite|cartes?|visa|permis|telephone|cell)"
)
_PERSON: Final = r"(?:amie?|soeur|frere|voisine?|cousine?|collegue|fille|mere|niece|copine|coloc|femme|colocataire)"

RULES: Final = (
    # ce qu'on enlève
    Rule("documents held", 5, rf"\b(?:pris|prend|prennent|garde|gardent|garder|cache|cachent|confisque|confisquent|retient|retenu|enleve|detient) (?:tous |toutes )?{_MY} (?:\w+ )?{_PAPERS}"),
    Rule("documents held", 5, rf"\b(?:vole|volent) {_MY} (?:passeports?|papiers|documents)"),
    Rule("documents held", 5, rf"\b{_THEY} (?:a|ait|ont|a encore|ont encore|a toujours|ont toujours) (?:mon|mes|nos|ses|son|leurs) (?:passeports?|papiers|documents|carte)"),
    Rule("documents held", 5, rf"\b(?:rend|rendre|redonne|redonner|remet|remettre|rends|rendent|redonnent) (?:pas |plus |jamais )?{_MY} {_PAPERS}"),
    Rule("documents held", 5, rf"\b{_MY} (?:passeports?|papiers|documents) (?:\w+ )?(?:confisques?|pris|gardes?|retenus?|caches?)\b"),
    Rule("documents held", 5, r"\bsans (?:mon|mes|ses|nos) (?:passeport|papiers)\b.*\b(?:patron|garde|pris|il|elle)\b"),
    # pas libre de partir
    Rule("not free to go", 4, r"\b(?:je|j|on|elle|il|nous) (?:ne )?(?:peux|peut|pouvons|pouvais|arrive|pourrai) (?:pas|plus|jamais|meme pas)? ?(?:a )?(?:partir|sortir|m enfuir|s enfuir|quitter|m en aller|s en aller|me sauver|rentrer chez)\b(?! (?:du travail|du bureau|plus tot|avant|tot|de la reunion|de mon bureau|ce soir|de la liste|la liste|vos|le groupe))(?<!peux partir)(?<!peut partir)(?<!peut sortir)(?<!peux sortir)"),
    Rule("not free to go", 4, rf"\b(?:ne )?{_ME} (?:laisse|laissent|permet|permettent|laissait) (?:pas|plus|jamais|meme pas) (?:de |d )?(?:\w+ )?(?:partir|sortir|parler(?! (?:au|a la|a l|avec (?:le|la|l)) (?:depute|ministre|bureau))|appeler|telephoner|voir|manger|dormir|aller|rentrer|seule?)"),
    Rule("not free to go", 4, r"\b(?:pas|plus|jamais|meme pas) le droit (?:de|d) (?:partir|sortir|parler|appeler|telephoner|voir|quitter|manger|aller|avoir (?:un |son |de )?(?:telephone|cell))|\binterdi\w* (?:de|d) (?:sortir|partir|parler|appeler|quitter la maison)"),
    Rule("not free to go", 5, r"\b(?:m|nous|l|la|les) (?:a |ont |as )?(?:enferme|enfermes|enfermee|enfermees|enferment|sequestre|sequestree|sequestrent|retient|retiennent|retenue?|barre)\b(?! (?:dans (?:un|mon) (?:role|emploi|poste)))"),
    Rule("not free to go", 5, r"\b(?:suis|sommes|est|sont|etais|etait|reste|restons) (?:\w+ )?(?:enferme|enfermee|enfermes|enfermees|sequestre|sequestree|sequestrees|prisonniere?s?|captive?s?|retenue?s?|pris au piege|prise au piege|coincee?s? (?:ici|chez|la))\b"),
    Rule("not free to go", 4, r"\b(?:qui|femmes|travailleurs) (?:n )?(?:arrivent?|peuvent|peut) pas (?:a )?(?:partir|sortir|s enfuir)\b"),
    Rule("not free to go", 3, r"\bpourrai jamais (?:arreter|partir|finir|rembourser|m en sortir)\b"),
    Rule("watched", 2, rf"\b{_ME} (?:surveille|surveillent|suit partout|suivent|controle|controlent|espionne)"),
    Rule("watched", 3, r"\b(?:fouille|lit|regarde|verifie|controle|lisent|fouillent) (?:dans )?(?:mon|son|mes|ses|nos) (?:telephone|cell|textos|messages|cellulaire)"),
    # ce qu'on force à faire
    Rule("force", 5, rf"\b{_ME} (?:a |ont |avait )?(?:force|forcent|forcee|oblige|obligent|obligee|obliges|contraint|contrainte|forcait|obligeait)(?: a| de)\b(?! (?:voter|signer|attendre|constater|admettre))"),
    Rule("force", 5, rf"\b(?:force|forcent|oblige|obligent|fait|font) (?:mon|ma|une|mes|cette|ces) (?:{_PERSON})s? (?:a|de|travailler|coucher)"),
    Rule("force", 5, r"\b(?:suis|sommes|est|etais|sont|etait) (?:forcee?s?|obligee?s?|contrainte?s?) (?:a|de|d) (?!constater|admettre|voter|attendre|decliner|annuler|refuser)"),
    Rule("force", 5, r"\bcontre (?:mon|ma|son|sa|leur|notre) (?:gre|volonte)\b"),
    Rule("force", 5, rf"\b{_ME} (?:fait|font|faisait) (?:travailler|coucher|vendre|danser|voir des|faire des (?:choses|clients|passes)|payer|mendier)\b"),
    Rule("force", 4, r"\b(?:dois|doit|devons|devait|devais|faut que je) (?:\w+ )?(?:coucher|voir|servir|faire|recevoir) (?:avec )?(?:des|les|ses|plusieurs|ces|\d+) (?:hommes|clients|passes)"),
    Rule("sold", 5, r"\b(?:m|nous|l|la|les) (?:a |ont |avait )?(?:vendue?s?|vend|vendent|achetee?s?|prostituee?s?|prostitue|trafiquee?s?|exploitee?s?|exploite|exploitent)\b"),
    Rule("sold", 5, r"\b(?:suis|sommes|est|etais|ete|sont|etait|fais|fait) (?:\w+ )?(?:vendue?s?|exploitee?s?|exploiter|victimes? de|trafiquee?s?|prostituee?s?|vendre|esclaves?)\b(?! (?:d (?:une?|un) (?:erreur|fraude|arnaque)|du succes))"),
    Rule("says so", 5, r"\b(?:je|j) (?:suis|etais|ai ete|crois que je suis|pense etre) (?:une? )?(?:victime|survivante?|esclave|ancienne victime)\b"),
    Rule("says so", 4, r"\b(?:m est arrive|ca m arrive|ce que j ai vecu|je me suis (?:enfuie?|sauvee?|echappee?))\b"),
    Rule("treated as property", 4, r"\bcomme (?:une? |des )?(?:esclaves?|animal|animaux|chiens?|prisonniers?|prisonnieres?)\b|\bje lui appartiens\b|\bdit que je (?:suis a|lui appartien)"),
    # travail, paie, dette
    Rule("no pay", 3, rf"\b(?:ne )?{_ME} (?:paie|paye|paient|payent|a|ont|donne|verse) (?:pas|jamais|plus|rien|presque rien)(?: (?:encore )?(?:paye|payee|payes|mon salaire|d argent|ma paie|de salaire))?\b(?! (?:attention|envie|repondu|rappelee?|dit|ecoutee?))(?<! a pas)(?<! ont pas)(?<! donne pas)"),
    Rule("no pay", 3, r"\b(?:pas|jamais|plus) (?:ete |encore ete |encore )?(?:payee?s?|recu (?:mon|de|ma) (?:salaire|paie|paye))\b(?! (?:ma cotisation|l amende))"),
    Rule("no pay", 3, r"\b(?:prend|prennent|garde|gardent|pris|vole) (?:tout |toute |presque tout )?(?:mon|ma|mes|notre|son|l) (?:argent|paie|paye|salaire|pourboires?)|\bprend tout ce que je (?:gagne|fais)"),
    Rule("no pay", 2, r"\b(?:travaille|travailler|travaillons|travaillent) (?:\w+ )?(?:gratuitement|pour rien|sans (?:paie|paye|salaire|etre payee?s?|argent))"),
    Rule("debt", 3, r"\b(?:lui|leur) dois (?:\w+ ){0,3}(?:argent|dollars|\$|mille)?|\brembourser (?:le|la|les|mon|ma|sa|ce|l) (?:\w+ )?(?:dette|voyage|billet|agence|visa|recruteur)|\b(?:ma|sa|une|la|notre) dette\b"),
    Rule("hours", 2, r"\b(?:1[2-9]|2[0-4]|douze|quatorze|seize) ?h(?:eures?)? (?:par|chaque|tous les) ?jours?|\b(?:7|sept) jours (?:sur|par) ?(?:7|sept|semaine)?|\bsans (?:pause|repos|jour de conge|conge|arret)\b|\bjour et nuit\b|\bjamais (?:de )?(?:conge|repos)"),
    Rule("kept where they work", 2, r"\b(?:dors|dort|dormons|dorment|loge|couche) (?:\w+ )?(?:dans|sur|au|par) (?:le |la |l )?(?:\w+ )?(?:sous sol|restaurant|cuisine|garage|terre|plancher|salon|atelier|ferme|grange|usine|entrepot)"),
    # menaces et violence
    Rule("threats", 4, rf"\b{_ME} (?:a |ont )?menac(?:e|ent|ee|es|ait)\b|\bmenac(?:e|ent) (?:de|d|ma|mes|mon|sa)"),
    Rule("threats", 4, r"\b(?:dit|disent|disait|menacee?s?) (?:\w+ ){0,8}(?:appeler|denoncer|appelle|signaler|avertir|dire) (?:\w+ ){0,3}(?:immigration|police|frontaliers|asfc|deporter|douanes)"),
    Rule("threats", 4, r"\b(?:me|nous|la|les|m|l) (?:faire |fera |ferait |font )?(?:deporter|expulser|renvoyer (?:dans|chez|au|en|la bas)|tuer|frapper|battre)\b|\b(?:va|vont|veut|dit que) (?:\w+ )?(?:me|la|nous|les) (?:tuer|frapper|deporter|renvoyer|dénoncer|denoncer)"),
    Rule("threats", 3, r"\bsi (?:je|j|on|elle|il) (?:pars|parle|me sauve|quitte|dis|appelle|part|refuse|dit|m en vais|porte plainte)\b"),
    Rule("violence", 4, r"\b(?:me|nous|la|les|m a|l a|m ont) (?:frappe|frappent|bat|battent|battue?|viole|violee?|violent|agresse|agressee?|brule|brulee?|touche|etrangle)\b(?! (?:de (?:voir|lire|savoir)|profondement|beaucoup|que))"),
    # peur et appel
    Rule("fear", 2, r"\b(?:j|on|elle|il|nous) (?:ai|a|avons|avais|avait) (?:\w+ )?(?:tres )?peur\b(?! (?:que (?:le|la|l|ce|c)|pour (?:la|le|l) (?:loi|avenir|projet)))|\b(?:suis|est|sommes) (?:\w+ )?(?:terrifiee?s?|terrorisee?s?|en danger|cachee?s?|pas en securite)"),
    Rule("asks for help", 2, r"\b(?:aidez moi|aide moi|aidez nous|aidez la|sauvez moi|au secours|besoin d aide|sortez moi|venez me chercher)\b(?! a (?:trouver|comprendre|remplir|signer|ecrire|contacter|joindre|partager))"),
    Rule("asks for help", 2, r"\b(?:qui|ou|quel numero) (?:est ce que )?(?:je |on |elle )?(?:peux|peut|dois|puis) ?(?:je |on |elle )?(?:appeler|aller|me tourner|parler|contacter pour)"),
    Rule("asks for help", 2, r"\b(?:y a t il|existe t il|avez vous) (?:un|une) (?:numero|ligne|refuge)\b"),
    Rule("asks for help", 4, r"\bendroit sur (?:\w+ ){0,3}(?:aller|dormir|rester|ce soir|me cacher)\b"),
    Rule("fear", 4, r"\bpas en securite (?:ou|ici|chez|a la maison|avec (?:lui|elle|eux))\b"),
    Rule("asks for help", 2, r"\b(?:y a t il|existe t il|y a til|il y a) (?:un|une|quelqu) ?(?:\w+ ){0,3}(?:ou|que|qui|pour) (?:\w+ ){0,3}(?:appeler|aller|parler|dormir|se cacher|me cacher)"),
    Rule("asks for help", 2, r"\b(?:endroit sur|ou (?:me cacher|dormir|aller ce soir)|nulle part ou aller|ligne d (?:aide|urgence)|refuge|abri)\b"),
    Rule("secret", 2, r"\b(?:(?:ne )?m appelez pas|(?:ne )?repondez pas|(?:ne )?rappelez pas|(?:ne )?m ecrivez pas|peux pas (?:parler|repondre|appeler))\b(?=.*\b(?:il|elle|ils|patron|mari|ici|maison|voit|entend|lit)\b)"),
    Rule("secret", 2, r"\b(?:il|elle|ils|personne) (?:ne )?(?:doit|doivent|sait|savent|faut) pas\b|\bil est (?:ici|la|rentre|dans la maison|a cote)\b|\bpendant qu il (?:dort|est)"),
    # quelqu'un d'autre
    Rule("somebody else", 2, rf"\b(?:mon|ma|une|un|cette|l|notre|la) (?:jeune )?{_PERSON}\b|\b(?:une|cette|la) (?:jeune fille|travailleuse|etudiante|nounou|gardienne|aide familiale)\b"),
    Rule("somebody else", 2, r"\b(?:filles?|femmes|travailleurs|travailleuses|hommes|jeunes|gens) (?:\w+ ){0,4}(?:d a cote|d en (?:haut|bas)|au sous sol|du sous sol|dans (?:l|le|la|cet|ce) (?:appartement|maison|logement|motel|hotel|sous sol|immeuble)|chez (?:le|mon|les) voisins?)|\b(?:a cote|en haut|en bas|chez le voisin) (?:\w+ ){0,5}(?:filles?|femmes|travailleurs|hommes)"),
    Rule("signs", 3, r"\b(?:(?:ne )?(?:sort|sortent|va|vont|parle|parlent) jamais|jamais (?:seules?|dehors)|portes? (?:barrees?|verrouillees?|fermees? a cle)|hommes (?:differents|qui entrent|entrent)|des bleus|pleure|a l air (?:effrayee?|d avoir peur)|barree? (?:dans|a cle))"),
    Rule("signs", 3, r"\b(?:est|sont|etait|se fait|se font) (?:\w+ )?(?:retenue?s?|forcee?s?|exploitee?s?|exploiter|trafiquee?s?|abusee?s?|vendue?s?|battue?s?|menacee?s?|enfermee?s?)\b"),
    # des indices qui, seuls, disent peu
    Rule("papers and power", 4, r"\b(?:mon|mes|nos|son|ses|leurs) (?:passeports?|papiers|documents|permis|cartes)\b(?=.*\b(?:patron|patronne|employeur|agence|recruteur|gerant|parrain|cle|coffre|cadenas|cacher|refusent?)\b)|\b(?:patron|patronne|employeur|agence|recruteur|parrain|couple|homme|famille)\b(?= .*\b(?:mon passeport|mes papiers|ses papiers|mes documents|ses documents|leurs papiers|leurs cartes|mon permis)\b)"),
    Rule("papers hidden", 4, r"\b(?:cacher|cache|caches|sous cle|enferme) (?:son|mon|ses|mes|nos) (?:passeport|papiers|argent|telephone)\b|\bpasseports? (?:\w+ )?sous cle\b"),
    Rule("not free to go", 4, r"\bpas (?:vraiment )?libres? de\b|\bpas (?:la|ici) par choix\b|\b(?:sans|avant) (?:elle|lui|eux|d avoir (?:rembourse|paye))\b(?<!pas sans lui)"),
    Rule("not free to go", 3, r"\b(?:peux|peut|ose|oser|droit de) (?:pas |plus )?(?:demissionner|quitter)\b|\b(?:coincee?s?|pognee?s?) (?:ici|dans|au|chez)\b|\bparte d ici\b"),
    Rule("guarded", 2, r"\b(?:gardes?|cameras? dans|conduit partout|camionnette|pas de poignee|cadenas|barreaux)\b"),
    Rule("guarded", 4, r"\bpas de poignee\b|\b(?:des )?gardes? (?:a|devant|sur) (?:la )?(?:barriere|porte)\b|\bcameras? dans (?:notre|ma|nos|la) chambre"),
    Rule("crowded", 4, r"\b(?:travailleurs|travailleuses|femmes|filles|hommes) (?:\w+ )?dans (?:une|la meme|un seul|une seule) (?:chambre|piece|appartement|roulotte|sous sol)\b"),
    Rule("no pay", 3, r"\b(?:aucun salaire|aucune paie|pas de salaire|recois pas d argent|voit jamais (?:un|la|l)|salaires? (?:va|vont) a|(?:donner|donne|ramasse|remets) tout ce que (?:je|j)|sans argent)\b"),
    Rule("brought here", 2, r"\b(?:m a|nous a|l a|m ont|nous ont) (?:amenee?s?|fait venir|emmenee?s?|envoyee?s?|retiree?s?)\b|\b(?:suis|etais) venue? (?:ici )?(?:pour )?(?:garder|travailler|m occuper)\b"),
    Rule("promised something else", 2, r"\b(?:m avait|m a|nous a|m avaient|nous avait) promis\b|\bce n est pas ca\b|\bpas ce qu (?:on|il|elle|ils) (?:m |nous )?(?:a|avait|ont) (?:dit|promis)\b"),
    Rule("sold", 5, r"\b(?:me|la|nous) (?:vendait|vendaient|loue|louait|louent|prostituait)\b|\bannonces? d elle\b|\b(?:mon|son) (?:proxenete|pimp|souteneur)\b"),
    Rule("sold", 4, r"\bse fait utiliser\b|\butilisee? par (?:des|plusieurs)\b"),
    Rule("different men", 4, r"\bchaque (?:soir|nuit|jour) (?:un |une )?(?:autre |nouvel )?(?:homme|client|gars)s?\b"),
    Rule("threats", 4, r"\bpolice (?:va|vont|viendra|allait) (?:\w+ )?(?:m |me |nous |l |la )?(?:arreter|prendre|deporter|chercher)\b|\b(?:me|nous|la) faire arreter\b|\bferait? du mal\b"),
    Rule("violence", 4, r"\b(?:me|nous|la|le) (?:gifle|gifles|cogne|pousse|crie|crient|affame|brule)\b|\b(?:te|me|lui) fait du mal\b"),
    Rule("says so", 4, r"\b(?:sortie?|sorti|echappee?) de (?:la traite|ce milieu|la prostitution|cette maison)\b|\bparle de moi\b|\bpossede (?:ma|la|sa) dette\b"),
    Rule("is it legal", 2, r"\b(?:legal|normal|permis|un crime|contre la loi)\b(?=.*\b(?:travail|patron|employeur|quelqu)\b)|\b(?:travail|patron|employeur)\b(?=.*\b(?:legal|normal|un crime)\b)"),
    Rule("at work", 2, r"\b(?:mon|cet|son|ce) (?:travail|emploi|patron|employeur|parrain)\b"),
    Rule("what becomes of me", 2, r"\b(?:qu est ce qui m arrive|qu est ce qu il m arrive|que va t il m arriver|que m arrive)\b"),
    Rule("private", 2, r"\b(?:confidentiel|anonyme|difficile a dire|parler a une femme)\b"),
    Rule("private", 4, r"\b(?:devrais|dois|doit) pas (?:vous )?(?:ecrire|texter|parler|dire)\b|\bil dort (?:alors|donc|la)\b"),
    Rule("language", 2, r"\brepond (?:\w+ )?en (?!anglais|francais)[a-z]{4,}\b"),
    Rule("asks for help", 4, r"\bcacher (?:quelqu un|une (?:amie|fille|femme|personne)|mon amie)\b"),
    Rule("asks for help", 2, r"\ba qui (?:le |je |en )?(?:dire|parler|peux)\b"),
    Rule("somebody else", 2, r"\b(?:jeune|dame|femme|fille|cuisinier|cuisiniere|locataire|aide|eleve|cueilleurs) (?:de|d|au|du|qui|ou|a|chez|m)\b|\bcopain de ma\b"),
    Rule("sleeps where they work", 2, r"\b(?:dort|dorment) (?:derriere|dans|sur|sous|en|au)\b"),
    Rule("worn out", 2, r"\b(?:hommes|femmes|filles|travailleurs) (?:epuises|epuisees|affames|maigres|battues)\b|\b[2-5] ?h (?:du matin|tous)\b"),
)  # fmt: skip

EASES: Final = (
    # ce qu'écrit qui défend les autres: cela retire aux indices, jamais aux mots clairs
    Rule("about a bill", 3, r"\b(?:loi|lois|projet de loi|politique|strategie|petition|vote|voter|motion|comite|deputee?s?|ministre|parlement|circonscription|gouvernement|ottawa|senat\w*)\b"),
    Rule("about the campaign", 3, r"\b(?:campagne|evenement|reunion|webinaire|infolettre|don|dons|benevol\w*|affiches?|marche|vigile|signe[rz]?|signature|lien|site|formulaire)\b"),
    Rule("about people in general", 3, r"\b(?:survivantes|survivants|victimes|personnes (?:qui|traitees|trafiquees|victimes)|celles et ceux|travailleurs migrants|esclavage moderne|traite des personnes|enjeu|cause|sensibilis\w*)\b"),
    Rule("read or seen", 3, r"\b(?:j ai lu que|j ai entendu que|livre|film|documentaire|article|histoire|histoires|nouvelles|balado|etude|rapport|these|memoire|cours|reportage|travail scolaire)\b"),
    Rule("an offer or a demand for money", 6, r"\b(?:colis|votre compte|carte cadeau|cliquez|verifiez|garantie|pret aujourd hui|douane)\b"),
)  # fmt: skip
