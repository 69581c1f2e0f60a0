#!/usr/bin/env bash
# Makes every WAV in this folder: espeak-ng speaks, sox converts to 8 bit, 11,025 Hz, mono.
# Needs: apt-get install espeak-ng sox. Runs in the folder it lies in; the same versions give the same bytes.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# say FILE VOICE SPEED PITCH PEAK TEXT: speaks TEXT into FILE with its loudest sample PEAK dB below full scale.
# Silence at both ends is cut to 100 ms; loud and soft sounds are brought nearer to each other, because 8 bits have
# little room below the peaks. -D: no dither, or two runs would differ.
say() {
  local file=$1 voice=$2 speed=$3 pitch=$4 peak=$5 text=$6
  mkdir -p "$(dirname "$file")"
  espeak-ng -v "$voice" -s "$speed" -p "$pitch" -w "$work/say.wav" "$text"
  sox -D "$work/say.wav" -r 11025 -c 1 -b 8 -e unsigned-integer "$file" \
    silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad 0.1 0.1 rate -h 11025 \
    compand 0.005,0.15 6:-70,-70,-40,-32,-20,-16,0,-8 gain -n "-$peak"
}

announcement() { say "$1.wav" "$2" 160 45 3 "$3"; }

fr=fr-be+f2
announcement fr/welcome     $fr "Bonjour et bienvenue. Votre appel est transféré."
announcement fr/closed      $fr "Nos bureaux sont fermés. Veuillez rappeler pendant les heures d'ouverture."
announcement fr/busy        $fr "Toutes nos lignes sont occupées. Veuillez rappeler plus tard."
announcement fr/hold        $fr "Veuillez patienter, un collaborateur va vous répondre."
announcement fr/unreachable $fr "Le numéro que vous avez formé n'est pas accessible."

nl=nl+f3
announcement nl/welcome     $nl "Goedendag en welkom. Wij verbinden u door."
announcement nl/closed      $nl "Onze kantoren zijn gesloten. Bel ons terug tijdens de openingsuren."
announcement nl/busy        $nl "Al onze lijnen zijn bezet. Probeer het later opnieuw."
announcement nl/hold        $nl "Een ogenblik geduld, een medewerker helpt u zo dadelijk."
announcement nl/unreachable $nl "Het nummer dat u hebt gevormd is niet bereikbaar."

de=de+f4
announcement de/welcome     $de "Guten Tag und willkommen. Wir verbinden Sie."
announcement de/closed      $de "Unsere Büros sind geschlossen. Bitte rufen Sie während der Öffnungszeiten an."
announcement de/busy        $de "Alle Leitungen sind besetzt. Bitte rufen Sie später wieder an."
announcement de/hold        $de "Bitte warten Sie, ein Mitarbeiter ist gleich für Sie da."
announcement de/unreachable $de "Die gewählte Rufnummer ist nicht erreichbar."

en=en-gb+f1
announcement en/welcome     $en "Hello and welcome. We are connecting your call."
announcement en/closed      $en "Our offices are closed. Please call again during opening hours."
announcement en/busy        $en "All our lines are busy. Please try again later."
announcement en/hold        $en "Please hold the line, somebody will be with you shortly."
announcement en/unreachable $en "The number you have dialled cannot be reached."

# What callers in a queue are told: their place is said as digits after it. And music that is nobody's.
announcement fr/queue-position  $fr "Vous êtes l'appelant numéro"
announcement nl/queue-position  $nl "U bent beller nummer"
announcement de/queue-position  $de "Sie sind Anrufer Nummer"
announcement en/queue-position  $en "You are caller number"

music() {
  local note notes=()
  for note in A3 C4 E4 A4 G4 E4 C4 E4 F3 A3 C4 F4 E4 C4 A3 G3; do
    sox -D -n -r 11025 -c 1 "$work/$note.wav" synth 0.5 sine "$note" sine "%-12" remix - fade t 0.02 0.5 0.3
    notes+=("$work/$note.wav")
  done
  sox -D "${notes[@]}" -r 11025 -c 1 -b 8 -e unsigned-integer music.wav gain -n -12
}
music

# The line by which disaster plans are switched (policy drs_line), and the digits it reads back.
digits() {
  local language=$1 voice=$2 digit
  shift 2
  for digit in 0 1 2 3 4 5 6 7 8 9; do announcement "$language/digit-$digit" "$voice" "$1"; shift; done
}

digits fr $fr "zéro" "un" "deux" "trois" "quatre" "cinq" "six" "sept" "huit" "neuf"
announcement fr/drs-number      $fr "Formez votre numéro de client, puis la touche dièse."
announcement fr/drs-password    $fr "Formez votre mot de passe, puis la touche dièse."
announcement fr/drs-wrong       $fr "Ce numéro et ce mot de passe ne vont pas ensemble."
announcement fr/drs-choose      $fr "Formez le numéro du plan."
announcement fr/drs-customer    $fr "Client"
announcement fr/drs-plan        $fr "Plan"
announcement fr/drs-is-on       $fr "est activé."
announcement fr/drs-is-off      $fr "n'est pas activé."
announcement fr/drs-press-1-off $fr "Pour le désactiver, appuyez sur 1."
announcement fr/drs-press-1-on  $fr "Pour l'activer, appuyez sur 1."
announcement fr/drs-now-on      $fr "Le plan est activé. Il s'applique dès le prochain appel, pendant un mois."
announcement fr/drs-now-off     $fr "Le plan est désactivé."
announcement fr/drs-failed      $fr "Votre demande n'a pas pu être exécutée. Veuillez appeler le service desk."
announcement fr/drs-goodbye     $fr "Rien n'a été modifié. Au revoir."

digits nl $nl "nul" "één" "twee" "drie" "vier" "vijf" "zes" "zeven" "acht" "negen"
announcement nl/drs-number      $nl "Toets uw klantnummer in, gevolgd door een hekje."
announcement nl/drs-password    $nl "Toets uw wachtwoord in, gevolgd door een hekje."
announcement nl/drs-wrong       $nl "Dit nummer en dit wachtwoord horen niet bij elkaar."
announcement nl/drs-choose      $nl "Toets het nummer van het plan in."
announcement nl/drs-customer    $nl "Klant"
announcement nl/drs-plan        $nl "Plan"
announcement nl/drs-is-on       $nl "is actief."
announcement nl/drs-is-off      $nl "is niet actief."
announcement nl/drs-press-1-off $nl "Druk op 1 om het uit te schakelen."
announcement nl/drs-press-1-on  $nl "Druk op 1 om het in te schakelen."
announcement nl/drs-now-on      $nl "Het plan is actief. Het geldt vanaf de volgende oproep, één maand lang."
announcement nl/drs-now-off     $nl "Het plan is uitgeschakeld."
announcement nl/drs-failed      $nl "Uw vraag kon niet worden uitgevoerd. Bel de service desk."
announcement nl/drs-goodbye     $nl "Er is niets gewijzigd. Tot ziens."

digits de $de "null" "eins" "zwei" "drei" "vier" "fünf" "sechs" "sieben" "acht" "neun"
announcement de/drs-number      $de "Geben Sie Ihre Kundennummer ein, danach die Rautetaste."
announcement de/drs-password    $de "Geben Sie Ihr Kennwort ein, danach die Rautetaste."
announcement de/drs-wrong       $de "Diese Nummer und dieses Kennwort gehören nicht zusammen."
announcement de/drs-choose      $de "Geben Sie die Nummer des Plans ein."
announcement de/drs-customer    $de "Kunde"
announcement de/drs-plan        $de "Plan"
announcement de/drs-is-on       $de "ist eingeschaltet."
announcement de/drs-is-off      $de "ist ausgeschaltet."
announcement de/drs-press-1-off $de "Zum Ausschalten drücken Sie die 1."
announcement de/drs-press-1-on  $de "Zum Einschalten drücken Sie die 1."
announcement de/drs-now-on      $de "Der Plan ist eingeschaltet. Er gilt ab dem nächsten Anruf, einen Monat lang."
announcement de/drs-now-off     $de "Der Plan ist ausgeschaltet."
announcement de/drs-failed      $de "Ihre Anfrage konnte nicht ausgeführt werden. Bitte rufen Sie den Service Desk an."
announcement de/drs-goodbye     $de "Es wurde nichts geändert. Auf Wiederhören."

digits en $en "zero" "one" "two" "three" "four" "five" "six" "seven" "eight" "nine"
announcement en/drs-number      $en "Please key your customer number, then the hash key."
announcement en/drs-password    $en "Please key your password, then the hash key."
announcement en/drs-wrong       $en "This number and this password do not go together."
announcement en/drs-choose      $en "Please key the number of the plan."
announcement en/drs-customer    $en "Customer"
announcement en/drs-plan        $en "Plan"
announcement en/drs-is-on       $en "is on."
announcement en/drs-is-off      $en "is off."
announcement en/drs-press-1-off $en "To switch it off, press 1."
announcement en/drs-press-1-on  $en "To switch it on, press 1."
announcement en/drs-now-on      $en "The plan is on. It applies from the next call, for one month."
announcement en/drs-now-off     $en "The plan is off."
announcement en/drs-failed      $en "Your request could not be carried out. Please call the service desk."
announcement en/drs-goodbye     $en "Nothing was changed. Goodbye."

# What the simulated callers and callees say. 6 dB below full scale: two at once are summed without clipping.
speech() { say "speech/$1.wav" "$2" "$3" "$4" 6 "$5"; }

speech anna-en   en-gb+f2 155 60 "Good morning, this is Anna. I would like to order two dozen rolls for Saturday, and one apple cake, please."
speech oliver-en en-us+m3 145 30 "Oliver speaking. Yes, we can do that. Shall we deliver before nine, or will you collect it in the shop?"
speech chloe-fr  fr-be+f4 160 70 "Bonjour, ici Chloé. Je vous appelle au sujet de ma commande de pain, elle n'est pas encore arrivée ce matin."
speech hugo-fr   fr-be+m2 150 25 "Hugo à l'appareil. Je regarde tout de suite. Le livreur est parti à huit heures, il sera chez vous avant midi."
speech lotte-nl  nl+f5    150 65 "Goedemiddag, met Lotte. Is de winkel in Antwerpen vandaag open, en tot hoe laat kan ik mijn taart afhalen?"
speech bram-nl   nl+m4    155 35 "Met Bram van de bakkerij. We zijn open tot half zeven, maar na zes uur is er meestal niet veel meer over."
speech greta-de  de+f1    150 55 "Guten Tag, hier spricht Greta. Ich möchte meine Bestellung ändern: bitte drei Brote statt zwei."
speech felix-de  de+m6    155 20 "Felix am Apparat. Das ist kein Problem, ich habe es geändert. Die Rechnung schicken wir Ihnen wie immer per Post."
