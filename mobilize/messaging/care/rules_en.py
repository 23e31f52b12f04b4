"""What a disclosure sounds like in English: phrases with weights, matched on plain letters."""

from typing import Final

from mobilize.messaging.care.rule import Rule

_ME: Final = r"(?:me|us|her|him|them|my (?:sister|friend|brother|cousin|mother|wife|daughter|son))"
_MY: Final = r"(?:my|our|her|his|their)"
_THEY: Final = (
    r"(?:he|she|they|the (?:boss|man|men|woman|owner|agency|agent|recruiter|family|manager)"
    r"|my (?:boss|employer|husband|boyfriend|manager|uncle|aunt|recruiter|agent|pimp|ex|sponsor)"
    r"|(?:her|his|their) (?:boss|employer|husband|boyfriend|manager|pimp)|someone|somebody)"
)
_PAPERS: Final = (
    r"(?:passports?|papers|documents?|i ?ds?\b|id cards?|visa|permit|work permit|bank card|phone)"
)
_PAY: Final = r"(?:money|pay|wages?|salary|tips|earnings|cheques?|paycheques?|earn)"

RULES: Final = (
    # what is taken away
    Rule("documents held", 5, rf"\b(?<!you )(?:took|takes|taken|stole|hid|hides|hiding|keeps?|kept|holds?|holding|confiscated) (?:away )?(?:all )?{_MY} (?:\w+ )?{_PAPERS}"),
    Rule("documents held", 5, rf"\b{_THEY} (?:s |has |have |ve )?(?:has|have|got) (?:all )?(?:my|our|her|his) {_PAPERS}"),
    Rule("documents held", 5, rf"\b{_MY} (?:passport|papers|documents|id) (?:was|were|is|are|got|has been|have been) (?:taken|kept|held|confiscated|locked|stolen by)"),
    Rule("documents held", 5, rf"\b(?:wont|will not|refuses? to|doesnt|does not|never) (?:give|gives|gave|giving|return) (?:\w+ )?(?:back )?{_MY} {_PAPERS}"),
    # not free to go
    Rule("not free to go", 4, r"\b(?:i|we|she|he) (?:cant|cannot|can not|am not able to|couldnt) (?:leave|get out|go out|get away|escape|go home)\b(?! (?:a (?:message|comment|voicemail|review)|of (?:work|it|this|class|the meeting|bed|town)|it|this|that|early|work|the (?:office|meeting|kids|house until)|my (?:desk|kids|job|dog|comment|name)|until|before|till|comments?|any))"),
    Rule("not free to go", 4, rf"\b(?:wont|will not|doesnt|does not|dont|do not|never|not) (?:let|lets|letting|allow|allows) {_ME} (?:\w+ )?(?:leave|go|out|outside|talk|call|phone|see|use|eat|sleep|rest)"),
    Rule("not free to go", 4, r"\b(?:not allowed|not permitted|forbidden|arent allowed) to (?:leave|go out|go outside|talk to|call|phone|see anyone|speak|use|have)"),
    Rule("not free to go", 5, rf"\b(?:locks?|locked|locking|keeps?|kept|holds?|held|holding) {_ME} (?:in|inside|here|there|up|away|prisoner|captive|locked|against)\b"),
    Rule("not free to go", 5, r"\b(?:held|kept|locked|trapped|living|working|here) (?:\w+ )?(?:against (?:my|her|his|their|our) will|captive|prisoner)"),
    Rule("not free to go", 4, r"\b(?:i|we|she|he) (?:am|m|are|is|was|were|feel|s|re) (?:being )?(?:trapped|locked|held|kept (?:here|there|in))"),
    Rule("not free to go", 4, r"\b(?:and|who|they|you|people|women|workers) (?:cant|cannot|arent able to) (?:leave|get out|go out|get away|escape)\b(?! (?:work|early|a message|the office))"),
    Rule("not free to go", 4, r"\bkeeps? (?:a|the|two|three|some|several|his|their) (?:\w+ )?(?:woman|women|girls?|workers?|maids?|nann(?:y|ies)) (?:in|at|inside|locked)\b"),
    Rule("not free to go", 3, r"\b(?:can|will|could) never (?:stop|leave|finish|be (?:free|done)|get out|pay)\b"),
    Rule("watched", 2, rf"\b(?:watch(?:es|ing)?|follow(?:s|ing)?|controls?|tracks?) (?:{_ME}|my phone|everything|where)"),
    Rule("watched", 3, r"\b(?:checks?|reads?|looks at|goes through|going through) (?:my|her|our) (?:phone|messages|texts)"),
    # made to do things
    Rule("force", 5, rf"\b(?:forc(?:es?|ed|ing)|making|makes?|made) {_ME} (?:to )?(?:work|have sex|sleep with|sell|do things|do it|see (?:men|clients|customers)|strip|dance|beg|marry|clean|pay|go with|be with)"),
    Rule("force", 4, rf"\b(?:forc(?:es|ed|ing)) {_ME}\b"),
    Rule("force", 5, r"\b(?:i|we|she|he) (?:am|m|was|were|is|are|s|re) (?:being |getting )?(?:forced|made) to\b(?! (?:sign|vote|listen|wait))"),
    Rule("force", 5, r"\bagainst (?:my|her|our) will\b"),
    Rule("force", 4, r"\b(?:have|has|had) (?:to|no choice but to) (?:see|sleep with|go with|do|serve) (?:the |these |those |many |his |\w+ )?(?:men|clients|customers|johns)"),
    Rule("sold", 5, rf"\b(?:sold|selling|sells|bought|traffick(?:ed|ing|s)|pimp(?:ed|ing|s)?|rents?) {_ME}(?: out)?\b(?! (?:a|the|some|tickets?|on|our|his|her))"),
    Rule("sold", 5, r"\b(?:i|we|she|he|they|friend|sister) (?:was|were|am|m|is|are|got|been|have been|has been|s) (?:being |getting )?(?:sold|trafficked|exploited|enslaved|pimped)"),
    Rule("says so", 5, r"\bi (?:am|m|was|think i am|think i m|might be|may be) (?:a |the )?(?:victim|survivor|slave|being abused|trafficking)"),
    Rule("says so", 4, r"\b(?:what|it|this|that|things?) (?:\w+ ){0,4}happened to me\b|\bhappening to me\b|\bi (?:escaped|ran away|got away|got out|left him)\b"),
    Rule("treated as property", 4, r"\b(?:like (?:a )?(?:slaves?|animals?|prisoners?)|says? (?:he|she|they) owns? (?:me|us|her)|i belong to (?:him|them|her)|owns? me\b)"),
    # work, pay, debt
    Rule("no pay", 3, rf"\b(?:doesnt|does not|dont|do not|didnt|did not|wont|will not|never|not|hasnt|havent|isnt|stopped) (?:\w+ )?(?:pay(?:s|ing)?|paid) (?:{_ME}|for my work|my wages|anything)?\b(?= ?(?:me|us|her|him|them|my|anything|$|for \w+ (?:weeks|months)|since))"),
    Rule("no pay", 3, r"\b(?:i|we|she|he) (?:havent|have not|hasnt|has not|was never|were never|am not|m not|never got|didnt get|dont get) (?:been |being |get )?paid"),
    Rule("no pay", 3, rf"\b(?:takes?|took|taking|keeps?|kept|keeping|gets?|steals?|stole) (?:all |most |half )?(?:of )?(?:the |everything |{_MY} )(?:{_PAY}|i (?:make|earn))"),
    Rule("no pay", 2, r"\b(?:work|works|working|worked) (?:for free|for nothing|for no (?:pay|money)|without (?:pay|being paid|any money|getting paid))"),
    Rule("debt", 3, r"\b(?:owe|owes|pay off|pay back|paying off|working off|work off) (?:him|her|them|my|the|a|this) (?:\w+ )?(?:debt|boss|agency|agent|recruiter|money|for the (?:trip|ticket|visa|room))|\bi owe (?:him|her|them)\b|\bdebts? (?:to|with) (?:him|her|them|the)"),
    Rule("hours", 2, r"\b(?:1[2-9]|2[0-4]|twelve|fourteen|sixteen|eighteen) hours? (?:a|every|per|each) day|\b(?:7|seven) days a week|\bno (?:days? off|breaks?|rest)\b|\bday and night\b|\bnever (?:get |have |had |got )?(?:a day off|any rest|time off)"),
    Rule("kept where they work", 2, r"\bsleep(?:s|ing)? (?:in|on|at) the (?:\w+ )?(?:basement|shop|restaurant|kitchen|floor|garage|barn|farm|spa|salon|factory)|\b(?:lives?|living) (?:in|at) (?:his|the boss|their|the employer)"),
    # threats and violence
    Rule("threats", 4, rf"\b(?:threat(?:en|ens|ened|ening|s)) (?:to \w+ )?(?:{_ME}|my|to|her|against)"),
    Rule("threats", 4, r"\b(?:says?|said|told (?:me|us|him|her|them)|telling (?:me|us|him|her)|warns?) (?:\w+ ){0,7}(?:call|tell|report|calls) (?:\w+ ){0,3}(?:immigration|cbsa|border|the police|police|deport)"),
    Rule("threats", 4, r"\b(?:says?|said|told me|will|gonna|going to|would|or) (?:\w+ ){0,4}(?:deport(?:ed)?|send(?:s)? (?:me|us|her) back|kill|hurt|beat|burn) ?(?:me|us|her|him|my|them)?\b(?= ?(?:me|us|her|him|my|if|$|by))"),
    Rule("threats", 3, r"\bif (?:i|we|she) (?:leave|run|tell|talk|go|quit|complain|say|speak|refuse|dont)\b"),
    Rule("violence", 4, rf"\b(?:hits?|hitting|beats?|beating|rapes?|raped|hurts?|hurting|chok(?:es|ed)|slapped|slaps|burned|abus(?:es|ed|ing)|assaulted|touch(?:es|ing)) {_ME}\b(?! (?:to (?:see|read|think|hear|know)|up|at|when i (?:read|hear|see)))"),
    # fear and asking
    Rule("fear", 2, r"\b(?:i|we|she|he) (?:am|m|is|are|s|re|was) (?:\w+ )?(?:scared|afraid|terrified|frightened|not safe|in danger|hiding|hurt)\b(?! (?:that|of) (?:the|this|our|bill|c ))"),
    Rule("asks for help", 2, r"\b(?:help me|help us|save me|need (?:\w+ )?help|get me out|rescue)\b(?! (?:to )?(?:find|understand|sign|write|with (?:the|this|my)|contact|fill|print|share|reach))"),
    Rule("asks for help", 2, r"\b(?:who|where|what number) (?:can|could|do|should) (?:i|we|she|he) (?:call|go|turn|talk to|ask for help)"),
    Rule("asks for help", 2, r"\bis there (?:a|any|some) (?:number|line|shelter)\b"),
    Rule("asks for help", 4, r"\bsafe place (?:\w+ ){0,3}(?:go|stay|hide|sleep|tonight)\b"),
    Rule("fear", 4, r"\bnot safe (?:here|where i|at home|in (?:this|the|my|his) (?:house|home)|with (?:him|her|them))\b"),
    Rule("asks for help", 2, r"\bis there (?:a |any |some)?(?:number|place|where|one|body|shelter|line) (?:\w+ ){0,3}(?:i|she|we|he)? ?(?:can|could|to) (?:call|go|talk|stay|hide)"),
    Rule("asks for help", 2, r"\b(?:safe place|place to (?:hide|stay|sleep)|nowhere to go|hotline|help line|shelter)\b"),
    Rule("secret", 2, r"\b(?:dont|do not|please dont|cant|cannot|not safe to|never) (?:call|reply|text|ring|answer|call back|talk|phone)(?: (?:me|back|this number|now|long|here))?(?: |$)(?=.*\b(?:he|she|they|boss|husband|here|home|sees?|hears?|reads?)\b)"),
    Rule("secret", 2, r"\b(?:he|she|they) (?:dont|doesnt|do not|does not|cant|cannot|must not|mustnt) know\b|\bhe is (?:here|home|coming|sleeping|asleep)\b|\bwhile (?:he|they) (?:is|are|sleep)"),
    # somebody else
    Rule("somebody else", 2, r"\b(?:my|a|this|the|another) (?:friend|sister|neighbou?r|cousin|co ?worker|roommate|girl|young woman|woman|man|boy|worker|nanny|student|niece|daughter|caregiver|classmate)\b"),
    Rule("somebody else", 2, r"\b(?:girls?|women|workers|men|people|kids|teens?|nann(?:y|ies)) (?:\w+ ){0,3}(?:next door|upstairs|downstairs|across the|in the (?:house|apartment|basement|unit|spa|building|motel|hotel|back))|\b(?:next door|upstairs|downstairs) (?:\w+ ){0,4}(?:girls?|women|workers|men)"),
    Rule("signs", 3, r"\b(?:never (?:goes|go|comes|come|allowed|leaves?|alone)\b|lock(?:ed|s)? (?:in|inside|up|the doors?)|different men|men (?:coming|come|going) (?:in and out|and|all|every|at)|bruises|crying|looks? (?:scared|afraid)|always with (?:her|them|him))"),
    Rule("signs", 3, r"\b(?:being|is|are|was|were) (?:held|kept|locked|forced|exploited|trafficked|abused|sold|beaten|threatened)\b(?! (?:on|in (?:ottawa|parliament|toronto|march|april|may|june|september|october|november)|accountable|at|by (?:the (?:bill|law|government)|canada)|responsible|up|today|tomorrow|next))"),
    # hints that mean little alone
    Rule("papers and power", 4, r"\b(?:my|our|her|his|their) (?:passports?|papers|documents|id|permits?|cards)\b(?=.*\b(?:boss|employer|owner|agency|recruiter|manager|sponsor|locked|drawer|safe|hide|hidden|refuse)\b)|\b(?:boss|employer|agency|recruiter|sponsor|couple|family|man)\b(?= .*\b(?:passports?|papers|documents|their cards|her cards)\b)"),
    Rule("papers hidden", 4, r"\b(?:hide|hid|hidden|locked up|locked away) (?:her|my|his|our) (?:passport|papers|documents|money|phone)\b"),
    Rule("not free to go", 4, r"\bnot (?:really |exactly )?free to (?:come|go|leave|quit|speak)\b|\bnot (?:there|here|doing (?:it|this)) by choice\b|\bget (?:me|us|her) out\b"),
    Rule("not free to go", 3, r"\b(?:cannot|cant|not allowed to|afraid to|wont let me) quit\b|\bstuck (?:at|in|here)\b(?! (?:traffic|line|a meeting|bed|the (?:snow|mud|office)|my head))"),
    Rule("guarded", 2, r"\b(?:guards?|cameras? in (?:our|my|the) (?:room|house|kitchen)|drives? (?:us|them|me) everywhere|same van|no handle|lock on the outside|bars on)\b"),
    Rule("guarded", 4, r"\b(?:no handle|no lock|lock is) (?:\w+ ){0,3}(?:inside|outside)\b|\bguards? (?:at|on|in) (?:the )?(?:gate|door|house)\b"),
    Rule("crowded", 4, r"\b(?:\w+) (?:workers|women|girls|men|people) (?:live |sleep |living |sleeping )?(?:in|to) (?:one|a single|the same) (?:room|apartment|basement|trailer|bed)\b"),
    Rule("no pay", 3, r"\b(?:no wages|no salary|not get any money|never (?:see|saw) (?:a|any) (?:dollar|cent|money|pay)|wages go to|pay goes to|give (?:him|her|them) (?:everything|all) i)\b"),
    Rule("brought here", 2, r"\b(?:brought|took|sent) (?:me|us|her) (?:here|from|to (?:work|canada|this))\b|\bwho brought (?:me|us|her)\b|\bi (?:came|was brought) here to\b"),
    Rule("promised something else", 2, r"\b(?:told|promised) (?:me|us|her) (?:i|we|she|it) would\b|\bnot (?:that|the) kind of (?:work|job)\b|\bnot what (?:they|he|she) (?:said|promised)\b"),
    Rule("sold", 5, r"\b(?:used to|started to|tries to|wants to|going to) (?:sell|pimp|rent) (?:me|her|us)\b|\bposts? ads? (?:of|for) (?:me|her)\b|\b(?:my|her) pimp\b"),
    Rule("sold", 4, r"\b(?:being )?used by (?:older|other|different|many|several|some) (?:guys|men|man)\b|\bnot my choice\b"),
    Rule("different men", 4, r"\b(?:every|each) (?:night|day|evening) (?:a )?(?:different|another|new) (?:man|men|guy|client|customer)s?\b"),
    Rule("threats", 4, r"\bpolice (?:will|would|are going to|is going to) (?:arrest|take|deport|catch|lock) (?:me|us|her|him|them)\b|\bhave (?:me|us|her) (?:arrested|deported)\b"),
    Rule("violence", 4, r"\b(?:slaps?|kicks?|punches?|burns?|starves?|shouts at|screams at) (?:me|us|her|him)\b|\bwho hurts (?:you|me|her)\b"),
    Rule("says so", 4, r"\b(?:got|get|getting|came|escaped) out of (?:trafficking|the life|that life|that house)\b|\b(?:its|it is|it s|is) about me\b|\bowns? (?:my|our|her) debts?\b"),
    Rule("is it legal", 2, r"\b(?:is it|is this|what is|if what is|is what) (?:\w+ ){0,6}(?:legal|allowed|normal|a crime|against the law)\b"),
    Rule("at work", 2, r"\b(?:my|her|this) (?:job|work|boss|employer|sponsor)\b"),
    Rule("what becomes of me", 2, r"\bwhat (?:happens|would happen|will happen) (?:to|with) (?:me|us|her)\b"),
    Rule("private", 2, r"\b(?:confidential|anonymous|is this private|shouldnt be (?:texting|writing|telling)|hard to say|talk to a woman)\b"),
    Rule("private", 4, r"\b(?:shouldnt|should not) be (?:texting|writing|talking|telling)\b|\b(?:sleeping|asleep)(?: now)? so i can\b"),
    Rule("language", 2, r"\b(?:talk|speak|answer)s? in (?!english|french)[a-z]{4,}\b"),
    Rule("asks for help", 4, r"\bhide (?:someone|somebody|me|us|a (?:friend|girl|woman|person))\b"),
    Rule("asks for help", 2, r"\bwho (?:do|can|should) i tell\b|\bwho to tell\b|\bget out of (?:here|this)\b"),
    Rule("somebody else", 2, r"\b(?:kid|girl|lady|woman|cook|cleaner|tenant|caregiver|worker|student) (?:at|who|asked|in|next)\b|\bs (?:caregiver|nanny|maid|boyfriend)\b"),
    Rule("sleeps where they work", 2, r"\bsleeps? (?:behind|under|in|on|at) (?:the|a)\b"),
    Rule("worn out", 2, r"\b(?:tired|hungry|thin|beaten|bruised) (?:men|women|girls|workers)\b|\blook (?:hungry|tired|beaten|terrified)\b|\b[2-5] ?am\b"),
    # what front-line workers expect to hear
    Rule("documents held", 5, rf"\b(?:keeps?|kept|holds?|took|takes|has|confiscated) (?:everyone s|everybody s|all of our|all our|the (?:workers|girls|women s?)) (?:\w+ )?{_PAPERS}"),
    Rule("debt", 4, r"\bowes? (?:\w+ ){0,4}for (?:my|the|our|her) (?:flight|ticket|trip|travel|visa|papers|job)\b"),
    Rule("debt", 4, r"\b(?:work|working|stay|staying|pay|paying) (?:\w+ ){0,3}(?:until|till) (?:\w+ ){0,4}(?:debt|loan|(?:paid|pay) (?:\w+ )?(?:off|back))\b"),
    Rule("debt", 4, r"\b(?:pay|repay|owe) (?:\w+ ){0,4}before (?:i|we|she|he) (?:can|could|may|is allowed to|am allowed to|are allowed to) (?:go|leave|stop|quit)\b"),
    Rule("not free to go", 4, rf"\b(?:wont|will not|doesnt|does not|dont|do not|never|not) (?:let|lets|letting|allow|allows) {_ME} (?:to )?(?:have|keep|carry) (?:a|any|my|our|her|their|the) (?:\w+ )?(?:phone|money|papers|documents|keys?|friends?|visitors?)\b"),
    Rule("watched", 4, r"\b(?:put|puts|has|installed|hid) (?:a|an|some) (?:tracker|tracking \w+|gps|spy \w+|spyware|app|camera) (?:on|in) (?:my|our|her) (?:phone|bag|car|room|house|bed\w+)\b"),
    Rule("watched", 4, r"\bmy (?:phone|texts|messages|calls) (?:is|are|s) (?:being |always )?(?:watched|tracked|monitored|checked|read|bugged|not safe|not private)\b"),
    Rule("watched", 3, rf"\b{_THEY} (?:always )?(?:reads?|checks?|sees?|looks? (?:at|through)) (?:all )?(?:of )?(?:my|our|her) (?:phone|texts|messages|calls|emails?)\b"),
    Rule("secret", 2, r"\bcareful (?:what|when|how) (?:\w+ )?(?:write|say|text|call|send)\b|\b(?:will|have to|must|going to|ll|please) (?:delete|erase) (?:this|these|it|everything)\b|\b(?:be|write) (?:quick|fast)\b|\bdo not text me\b|\bdont text me about\b"),
    Rule("threats", 4, rf"\b{_THEY} (?:\w+ ){{0,5}}(?:hurt|hurts|kill|harm|beat|punish|go after|come for) (?:\w+ )?(?:my|our|her|their) (?:\w+ )?(?:family|families|kids?|child|children|mother|mom|father|dad|parents|brothers?|sisters?|son|daughter)\b"),
    Rule("threats", 4, r"\bknows? where (?:i|we|she|my \w+|our \w+|her \w+) (?:lives?|stays?|goes|sleeps?|is|are|am)\b"),
    Rule("threats", 4, r"\bsent (?:\w+ )?(?:men|people|someone|somebody|guys|a man|his \w+) to (?:my|our|her) (?:\w+ ){0,2}(?:house|home|village|place|family|parents|door)\b"),
    Rule("threats", 4, r"\b(?:i|we|she) (?:will|would|could|might|ll|am going to|are going to|can) (?:\w+ )?(?:be|get) (?:deported|arrested|sent back)\b"),
    Rule("threats", 4, r"\bif (?:i|we|she) (?:report|tell|leave|quit|complain|speak|go|talk|refuse|call)s? (?:\w+ ){0,6}(?:lose|deport\w*|cancel|immigration|arrest\w*|jail)\b"),
    Rule("threats", 4, rf"\b{_THEY} (?:\w+ ){{0,4}}(?:cancel|revoke|take away|end) (?:my|our|her) (?:\w+ )?(?:permit|visa|status|sponsorship|papers)\b"),
    Rule("threats", 3, r"\b(?:says?|said|threatens|will|would|going to|or) (?:\w+ ){0,4}(?:post|send|show|share|publish|put) (?:them|it|those|these|the (?:photos|pictures|videos?))\b"),
    Rule("pictures", 3, r"\b(?:has|have|got|took|takes|made|keeps?) (?:\w+ )?(?:photos?|pictures?|pics|videos?|nudes?) of (?:me|us|her)\b"),
    Rule("force", 4, r"\b(?:have|has|had|must|need) (?:to )?do (?:what(?:ever)?|everything|anything) (?:the )?(?:customers?|clients?|men|he|they|she|boss|owner) (?:wants?|says?|asks?|tells?)\b"),
    Rule("force", 4, r"\b(?:wants?|asks?|tells?|told) (?:me|her|us) to (?:see|meet|go with|sleep with|do things with|be with|be nice to) (?:his|her|their|some|other|older|the) (?:\w+ )?(?:friends?|men|clients?|guys?|customers?)\b"),
    Rule("force", 4, r"\b(?:gave|gives?|giving) (?:me|us|her) (?:\w+ )?(?:drugs?|pills?|something to (?:drink|sleep)) (?:so|to|and|before|until)\b"),
    Rule("force", 3, r"\b(?:to|must) (?:marry|be married to) (?:a|an|some|his|this) (?:\w+ )?(?:man|guy|cousin|friend|uncle)\b"),
    Rule("no food", 3, r"\b(?:or|and) (?:i |we |she )?(?:get |gets )?(?:no|nothing to) (?:food|eat)\b|\b(?:no|without) food (?:if|when|until|for)\b"),
    Rule("no pay", 4, r"\bwork(?:s|ed|ing)? (?:\w+ ){0,6}(?:not|never|nt) (?:\w+ ){0,2}paid\b"),
    Rule("no pay", 3, r"\bno (?:pay|wages?|salary|money) (?:for|in|since) (?:\w+ ){0,2}(?:days?|weeks?|months?|years?)\b|\b(?:holds?|holding|keeps?|keeping|withholds?) (?:back )?(?:all )?(?:my|our|her) (?:pay|wages?|salary|money|tips)\b"),
    Rule("secret", 3, r"\b(?:without|before) (?:him|her|them|my \w+|the boss|anyone|anybody) (?:\w+ )?(?:knowing|finding (?:out|me|us)|noticing|seeing (?:me|us|it)|knows|finds (?:out|me|us))\b"),
    Rule("asks for help", 2, r"\b(?:can|could|will|would|should) (?:the )?(?:police|cops) (?:come|get|help|take|see)\b|\b(?:can|could) (?:someone|somebody|anyone|anybody|you|they) (?:\w+ )?(?:come )?(?:and )?(?:get|take|pick up|fetch) (?:me|us|her)\b|\b(?:call|tell) the police for (?:me|us)\b"),
    Rule("asks for help", 4, r"\bshelters? (?:that|which|who) (?:will )?(?:takes?|accepts?|helps?)\b|\b(?:how|where|can|could|want|need|have) (?:\w+ ){0,4}(?:get|go|run|move) to a (?:\w+ )?shelter\b"),
    Rule("asks for help", 2, r"\bwhere (?:can|could|do|should) (?:i|we|she) (?:go|sleep|stay|hide) (?:tonight|now|safely)\b"),
    Rule("left with nothing", 2, r"\b(?:left|ran|ran away|escaped|here) with (?:nothing|only|just)\b|\b(?:have|has|got|with) no (?:money|phone|papers|place|one)\b"),
    Rule("asks for help", 4, r"^(?:please )?(?:help|save) (?:me|us)(?: please| pls| now| quick| i beg you)*$"),
    Rule("says so", 4, r"\bwhat (?:they|he|she|the boss|these people) (?:do|does|did|is doing|are doing|have done|has done) to (?:me|us|her|them)\b"),
    Rule("young", 2, r"\b(?:i am|i m|she is|she s|he is|he s|is|who is) (?:only |just )?(?:1[1-7]|fourteen|fifteen|sixteen)\b(?: and| years| but| yo|$)|\bolder (?:man|men|guy|boyfriend)\b"),
    Rule("brought to men", 4, r"\b(?:drives?|brings?|takes?|drove|took|brought) (?:me|us|her|them|the girls?) to (?:\w+ )?(?:hotels?|motels?|men|clients|apartments|houses|parties)\b"),
    Rule("signs", 3, r"\bnever (?:\w+ )?(?:outside|out alone|without (?:him|them|her))\b|\b(?:man|van|car|someone) (?:brings|drives|picks up|drops) (?:them|her)\b"),
)  # fmt: skip

EASES: Final = (
    # what people write who stand up for others: it takes away from hints, never from plain words
    Rule("about a bill", 3, r"\b(?:bill|act|law|laws|legislation|policy|strategy|petition|vote|motion|committee|mp|mps|minister|parliament|riding|government|ottawa|senat\w+)\b"),
    Rule("about the campaign", 3, r"\b(?:campaign|event|meeting|webinar|newsletter|donat\w+|volunteer\w*|poster|flyers?|rally|vigil|march|signed|signing|sign (?:the|a|up|on)|link|website|newsletters|form)\b"),
    Rule("about people in general", 3, r"\b(?:survivors|victims|people who|those who|trafficked (?:people|persons|women)|migrant workers|modern slavery|human trafficking|issue|awareness|cause)\b"),
    Rule("read or seen", 3, r"\b(?:book|film|movie|read that|saw that|heard that|documentary|article|story|stories|news|podcast|study|report|thesis|class|essay|school project|course)\b"),
    Rule("an offer or a demand for money", 6, r"\b(?:parcel|package|your account|gift card|click (?:here|the link)|verify|warranty|loan|customs)\b"),
)  # fmt: skip
