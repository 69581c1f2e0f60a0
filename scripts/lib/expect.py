"""Compares what happened with an [expect] table. Every function returns a list of complaints."""

import re


def is_range(want):
    return bool(want) and set(want) <= {"min", "max"}


def matches(want, have):
    """A subset match: tables by key, lists item by item, '~re' as a regular expression, {min, max} as a range."""
    if isinstance(want, dict):
        if is_range(want):
            return is_number(have) and want.get("min", have) <= have <= want.get("max", have)
        return isinstance(have, dict) and all(matches(value, have.get(key)) for key, value in want.items())
    if isinstance(want, list):
        return isinstance(have, list) and len(want) == len(have) and all(map(matches, want, have))
    if isinstance(want, str) and want.startswith("~"):
        return isinstance(have, str) and re.search(want[1:], have) is not None
    if want == "none":
        return have is None
    if is_number(want) or is_number(have):
        return is_number(want) and is_number(have) and want == have
    return type(want) is type(have) and want == have


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def mismatch(want, have, where=""):
    """The first place where they differ, as text; None when they match."""
    if matches(want, have):
        return None
    if isinstance(want, dict) and isinstance(have, dict) and not is_range(want):
        for key, value in want.items():
            found = mismatch(value, have.get(key), f"{where}.{key}" if where else key)
            if found:
                return found
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        for number, (one, other) in enumerate(zip(want, have)):
            found = mismatch(one, other, f"{where}[{number}]")
            if found:
                return found
    return f"{where}: wanted {want!r}, got {have!r}"


def check_calls(wanted, records):
    if len(wanted) != len(records):
        return [f"{len(wanted)} CDRs wanted, {len(records)} found"]
    found = [mismatch(want, have, f"CDR {n}") for n, (want, have) in enumerate(zip(wanted, records))]
    return [complaint for complaint in found if complaint]


def check_messages(rules, traces):
    """traces: {party name: [Message]}. A rule names `of`, one of `sent`/`received` (a regular expression
    over the whole message, ^ at line starts) and `times` (a number or a range; default at least once)."""
    complaints = []
    for rule in rules:
        way = "sent" if "sent" in rule else "received"
        pattern = re.compile(rule[way], re.MULTILINE)
        count = sum(1 for message in traces[rule["of"]]
                    if message.sent == (way == "sent") and pattern.search(message.text))
        if not matches(rule.get("times", {"min": 1}), count):
            wanted = rule.get("times", "at least 1")
            complaints.append(f"{rule['of']} {way} {rule[way]!r}: wanted {wanted}, got {count}")
    return complaints


def check_never(rules, traces):
    return [f"{rule['of']} saw {rule['text']!r}"
            for rule in rules for message in traces[rule["of"]] if rule["text"] in message.text][:1]


def check_metrics(wanted, metrics):
    found = [mismatch(value, metrics.get(name), f"metric {name}") for name, value in wanted.items()]
    return [complaint for complaint in found if complaint]


def check_log(rules, log):
    complaints = []
    for rule in rules:
        if "has" in rule and not re.search(rule["has"], log):
            complaints.append(f"the log lacks {rule['has']!r}")
        if "lacks" in rule and re.search(rule["lacks"], log):
            complaints.append(f"the log has {rule['lacks']!r}")
    return complaints


def check_rtp(rules, heard):
    """heard: {rtp party name: its result}."""
    complaints = []
    for rule in rules:
        want = {key: value for key, value in rule.items() if key != "of"}
        found = mismatch(want, heard[rule["of"]], f"audio of {rule['of']}")
        if found:
            complaints.append(found)
    return complaints
