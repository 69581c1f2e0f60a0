# Recipes are names for the scripts; the scripts do not need just.

# list the recipes
default:
    @just --list

# build, then place the demo's calls (options: --json, --keep …)
demo *args:
    ./scripts/demo {{args}}

# install what the tests need and run everything CI runs
test:
    ./scripts/test

# unit, simulation, integration, tidy and doc tests; arguments go to the test runner
unit *args:
    ./scripts/unit {{args}}

# format check and clippy
lint *args:
    ./scripts/lint {{args}}

# run SIPp scenarios against the switch: all of them, or the folders named
sipp *folders:
    ./scripts/sipp {{folders}}

# calls between phones behind a PBX (Kamailio, baresip) and the public network: all cases, or those named
interop *cases:
    ./scripts/interop {{cases}}

# SIPp's built-in scenarios as load: --small (3,000 calls) or --full (20,000)
sipp-load size="--small":
    ./scripts/sipp-load {{size}}

# the full SIPp load; writes docs/evidence/sipp-<date>.md
prove-sipp:
    ./scripts/sipp-load --full --evidence

# 100,000 seeds of chaos in the simulated world; writes docs/evidence/chaos-<date>.md
prove-chaos *args:
    ./scripts/prove-chaos {{args}}

# 20,000 calls to queues with crashes and lost words in the simulated world; writes docs/evidence/acm-<date>.md
prove-acm *args:
    ./scripts/prove-acm {{args}}

# campaigns whose process dies, in virtual time and for real; writes docs/evidence/campaign-<date>.md
prove-campaign *args:
    ./scripts/prove-campaign {{args}}

# reloads, valid and broken in turn, while SIPp calls (options: --seconds, --rate)
reload-load *args:
    ./scripts/reload-load {{args}}

# the same for two minutes; writes docs/evidence/reload-<date>.md
prove-reload:
    ./scripts/reload-load --seconds 120 --evidence

# disaster plans switched on and off under load while sites die (options: --seconds, --rate)
drs-load *args:
    ./scripts/drs-load {{args}}

# the same for two minutes; writes docs/evidence/drs-<date>.md
prove-drs:
    ./scripts/drs-load --seconds 120 --evidence

# ten contacts that answer at once, 30 calls (options: --calls, --rate)
ring-all *args:
    ./scripts/ring-all {{args}}

# the same for 1,000 calls; writes docs/evidence/ring-all-<date>.md
prove-ring-all:
    ./scripts/ring-all --calls 1000 --rate 10 --evidence

# twice what the switch can carry: sheds, goes on, recovers; writes docs/evidence/overload-<date>.md
prove-overload:
    ./scripts/overload --evidence

# a long seeded run of every fuzz target; writes docs/evidence/fuzz-<date>.md
prove-fuzz *args:
    ./scripts/prove-fuzz {{args}}

# damaged SIP messages at the running switch: 20,000 (options: --full, --seed, --evidence)
fuzz-wire *args:
    ./scripts/fuzz-wire {{args}}

# 1,000,000 of them from strangers and 200,000 from a trunk; writes docs/evidence/fuzz-wire-<date>.md
prove-fuzz-wire:
    ./scripts/fuzz-wire --full --evidence

# a disk that fills up under the running node (needs user and mount namespaces)
full-disk:
    ./scripts/full-disk

# CPU per call beside Kamailio's, in the same run (options: --rate, --windows, --evidence …)
bench-calls *args:
    ./scripts/bench-calls {{args}}

# instructions per call of the call path, without sockets, and where they go (valgrind)
count-calls:
    ./scripts/count-calls

# licences, sources and duplicate crates
deny:
    ./scripts/deny

# make the announcements and the demo's voices again (needs espeak-ng and sox)
speech:
    ./audio/make.sh
