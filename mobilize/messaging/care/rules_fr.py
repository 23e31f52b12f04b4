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
    Rule("documents held", 5, rf"\b(?<!vous )(?:pris|prend|prennent|garde|gardent|garder|cache|cachent|confisque|confisquent|retient|retenu|enleve|detient) (?:tous |toutes )?{_MY} (?:\w+ )?{_PAPERS}"),
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
    # ce à quoi s'attend qui travaille sur le terrain
    Rule("documents held", 5, r"\b(?:garde|gardent|pris|prend|detient|confisque|retient) (?:les |tous les |toutes les )(?:passeports?|papiers|cartes|permis|documents) (?:de|des|du) (?:tout le monde|tous|chacun\w*|filles|femmes|travailleurs|employes|autres|monde|nous)\b"),
    Rule("debt", 4, r"\b(?:dois|devons|doit) (?:\w+ ){0,4}pour (?:le|mon|son|notre|les|mes) (?:billet|voyage|vol|visa|papiers|emploi|transport)\b"),
    Rule("debt", 4, r"\b(?:travailler|rester|payer|travaille|reste) (?:\w+ ){0,3}(?:jusqu a|tant que) (?:\w+ ){0,5}(?:dette|pret|rembourse\w*|paye)\b"),
    Rule("debt", 4, r"\b(?:rembourser|payer|repayer) (?:\w+ ){0,3}avant (?:de|que|qu) (?:\w+ ){0,4}(?:rentrer|partir|sortir|quitter|m en aller|aller)\b"),
    Rule("not free to go", 4, rf"\b(?:ne )?{_ME} (?:laisse|laissent|permet|permettent) (?:pas|plus|jamais|ni) (?:de |d )?(?:avoir|garder|posseder|manger|sortir|inviter) ?(?:(?:mon|un|ma|mes|de|d|l|ni|aucun) )?(?:\w+ )?(?:telephone|cell|argent|papiers|cle|amis?|sortir|manger)\b"),
    Rule("watched", 4, r"\b(?:mis|installe|met|cache) (?:un|une|des) (?:traceur|gps|logiciel \w+|mouchard|application|camera|appli)s? (?:\w+ )?(?:sur|dans) (?:mon|ma|mes|son|sa|notre)\b"),
    Rule("watched", 4, r"\b(?:mon|mes) (?:telephone|cell|cellulaire|textos|messages|appels) (?:est|sont) (?:\w+ )?(?:surveillee?s?|suivis?|lus?|ecoutee?s?|controlee?s?|pas prives?|fouillee?s?)\b"),
    Rule("watched", 3, rf"\b{_THEY} (?:lit|lisent|voit|voient|verifie|verifient|regarde|fouille) (?:tous |toujours |dans )?(?:mes|mon|nos|ses) (?:textos|messages|telephone|cell|appels|courriels)\b"),
    Rule("secret", 2, r"\battention a ce que vous (?:ecrivez|dites|envoyez)\b|\b(?:vais|dois|faut que j) (?:effacer?|supprimer|efface) (?:ce|ces|tout|le|cela|ca)\b|\b(?:faire|ecrire|repondre) vite\b|\bm ecrivez pas (?:la dessus|ici|a ce sujet)\b"),
    Rule("threats", 4, r"\b(?:il|elle|ils|elles|on|patron|agence|homme|hommes|gens) (?:\w+ ){0,6}(?:mal|s en prendre|s en prendront|s en prend|tuer|tueront|battre) (?:a |aux )?(?:ma|mon|mes|notre|nos|sa|ses) (?:\w+ )?(?:famille|enfants?|mere|pere|parents|freres?|soeurs?|fils|fille)\b"),
    Rule("threats", 4, r"\b(?:sait|savent) ou (?:j habite|je vis|je dors|on vit|(?:vit|vivent|habite|habitent|est|sont|dort) (?:ma|mes|mon|nos|notre|sa|ses))\b|\bsait ou (?:ma|mes|mon|nos|notre|sa|ses) \w+ (?:vit|vivent|habite|habitent)\b"),
    Rule("threats", 4, r"\benvoye (?:\w+ )?(?:hommes|gens|gars|quelqu un|un homme|du monde) (?:chez|voir|a la maison de) (?:ma|mes|mon|nos|notre|moi|nous|sa|ses)\b"),
    Rule("threats", 4, r"\b(?:serai|serais|serons|sera|serait|etre) (?:\w+ )?(?:expulsee?s?|deportee?s?|renvoyee?s?|arretee?s?)\b(?=.*\b(?:je|j|me|m|moi|permis|dit|dis|patron|employeur)\b)|\bje (?:serai|serais|vais etre|vais me faire) (?:expulsee?|deportee?|renvoyee?|arreter|arretee?|deporter|expulser)\b"),
    Rule("threats", 4, r"\bsi (?:je|j|on|elle) (?:\w+ )?(?:denonce|parle|pars|quitte|refuse|dis|appelle|me plains|porte plainte) (?:\w+ ){0,6}(?:perds|perd|perdrai|deport\w*|expuls\w*|annul\w*|immigration|arret\w*|prison)\b"),
    Rule("threats", 4, r"\b(?:il|elle|ils|patron|patronne|employeur|agence) (?:\w+ ){0,4}(?:annuler|annule|revoquer|retirer|enlever|faire annuler) (?:mon|ma|mes|notre|nos|son|sa) (?:permis|visa|statut|parrainage|papiers)\b"),
    Rule("threats", 3, r"\b(?:dit|disent|menace|va|vont|veut|sinon) (?:\w+ ){0,5}(?:les (?:publier|envoyer|montrer|partager|mettre)|publier|envoyer a (?:mes|ma|mon)|montrer a (?:mes|ma|mon))\b"),
    Rule("pictures", 3, r"\b(?:photos?|videos?|images) (?:de|d) (?:moi|nous|elle)\b"),
    Rule("force", 4, r"\b(?:dois|doit|devons|faut|faire) (?:\w+ )?(?:faire )?(?:tout )?ce que (?:les |mes |ses )?(?:clients?|hommes|patron|il|ils|elle|on) (?:me |m |nous )?(?:veut|veulent|dit|disent|demande|demandent|ordonne)\b"),
    Rule("force", 4, r"\bveut que (?:je|j|elle) (?:\w+ )?(?:voie|rencontre|couche|sorte|aille|sois|dorme)s? (?:\w+ )?(?:avec )?(?:ses|des|d autres|les|un) (?:\w+ )?(?:amis?|hommes?|clients?|gars|chums?)\b"),
    Rule("force", 4, rf"\b{_ME} (?:donne|donnent|donnait|donnaient|fait prendre|faisait prendre) (?:de la|des|la|une) (?:drogues?|pilules?|boisson|dope|substance) (?:pour|afin|avant|et|jusqu)\b"),
    Rule("force", 3, r"\b(?:marier|epouser) (?:un|avec un|le|son|cet) (?:\w+ )?(?:homme|cousin|ami|gars|oncle|inconnu)\b"),
    Rule("no food", 3, r"\b(?:sinon|ou) (?:\w+ )?(?:pas|rien|plus) (?:de |d |a )?(?:nourriture|manger|repas|bouffe)\b"),
    Rule("no pay", 4, r"\btravaille\w* (?:\w+ ){0,9}(?:pas|jamais) (?:\w+ )?(?:ete )?pa(?:y|i)ee?s?\b"),
    Rule("no pay", 3, r"\b(?:pas de|aucune|sans|zero) (?:paie|paye|salaire|argent) depuis\b|\b(?:retient|retiennent|garde|gardent|retenu) (?:tout )?(?:mon|ma|notre|nos|mes|son|ses) (?:salaires?|paies?|payes?|argent|pourboires?)\b"),
    Rule("secret", 3, r"\b(?:sans|avant) (?:qu il|qu elle|qu ils|que (?:mon|ma|le|la) \w+|que personne) (?:\w+ )?(?:\w+ )?(?:sache|sachent|trouve|retrouve|apprenne|voie|voit|apercoive|s en apercoive)\b"),
    Rule("asks for help", 2, r"\bpolice (?:peut|pourrait|va)?(?: elle| t elle)? ?(?:venir|m aider|nous aider|venir me)\b|\b(?:quelqu un|vous|police) (?:\w+ )?(?:peut|peuvent|pouvez|pourrait|pourriez) (?:\w+ )?(?:venir )?(?:me|nous|la) (?:chercher|prendre|sortir|sauver)\b"),
    Rule("asks for help", 4, r"\brefuges? (?:qui|ou) (?:\w+ )?(?:accepte|accueille|prend|prenne|accueillent|acceptent)\b|\b(?:comment|ou|puis je|peux|veux|besoin) (?:\w+ ){0,4}(?:aller|entrer|me rendre|partir) (?:dans|a|vers|en) (?:un|une|la) (?:refuge|maison d hebergement)\b"),
    Rule("asks for help", 2, r"\bou (?:aller|dormir|me cacher|rester) (?:ce soir|cette nuit|maintenant)\b"),
    Rule("left with nothing", 2, r"\b(?:partie?|sauvee?|enfuie?|arrivee?) (?:avec rien|sans rien|avec seulement)\b|\b(?:ai|a|avons) (?:pas d|pas de|plus d|plus de|aucun|ni) (?:argent|telephone|papiers|cell|endroit)\b"),
    Rule("asks for help", 4, r"^(?:(?:svp|s il vous plait) )?(?:aidez moi|aide moi|aidez nous|sauvez moi|au secours|a l aide)(?: svp| stp| vite| s il vous plait| merci| au secours)*$"),
    Rule("says so", 4, r"\bce qu (?:il|ils|elle|on) (?:\w+ )?(?:m a|me|m ont|nous|nous a|nous ont|lui|leur|lui a) (?:fait|font|faisait|faisaient|fais)\b"),
    Rule("young", 2, r"\b(?:j ai|elle a|il a|a) (?:juste |seulement |a peine )?(?:1[1-7]|quatorze|quinze|seize) ans\b|\bhomme plus (?:vieux|age)\b"),
    Rule("brought to men", 4, r"\b(?:me|m|nous|la|l|les|lui) (?:conduit|emmene|amene|transporte|conduisait|emmenait) (?:\w+ )?(?:dans|a|chez|vers) (?:\w+ )?(?:hotels?|motels?|hommes|clients|appartements?|maisons|partys?)\b"),
    Rule("signs", 3, r"\b(?:sort|sortent|vont|va) jamais\b|\b(?:homme|camionnette|auto|quelqu un) (?:les|la|l) (?:amene|conduit|embarque|depose|ramasse)\b"),
    Rule("not free to go", 4, rf"\b{_ME} laisse(?:nt)? ni \w+ ni (?:sortir|partir|manger|dormir|parler)\b"),
)  # fmt: skip

EASES: Final = (
    # ce qu'écrit qui défend les autres: cela retire aux indices, jamais aux mots clairs
    Rule("about a bill", 3, r"\b(?:loi|lois|projet de loi|politique|strategie|petition|vote|voter|motion|comite|deputee?s?|ministre|parlement|circonscription|gouvernement|ottawa|senat\w*)\b"),
    Rule("about the campaign", 3, r"\b(?:campagne|evenement|reunion|webinaire|infolettre|don|dons|benevol\w*|affiches?|marche|vigile|signe[rz]?|signature|lien|site|formulaire)\b"),
    Rule("about people in general", 3, r"\b(?:survivantes|survivants|victimes|personnes (?:qui|traitees|trafiquees|victimes)|celles et ceux|travailleurs migrants|esclavage moderne|traite des personnes|enjeu|cause|sensibilis\w*)\b"),
    Rule("read or seen", 3, r"\b(?:j ai lu que|j ai entendu que|livre|film|documentaire|article|histoire|histoires|nouvelles|balado|etude|rapport|these|memoire|cours|reportage|travail scolaire)\b"),
    Rule("an offer or a demand for money", 6, r"\b(?:colis|votre compte|carte cadeau|cliquez|verifiez|garantie|pret aujourd hui|douane)\b"),
)  # fmt: skip
