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
