"""The slow twin: every field's value by definition, from the list of what was entered."""

from dataclasses import dataclass, field

ENDED = "$ended"


@dataclass
class Twin:
    """Of each field, the value given for the latest day, and of those the one entered last."""

    entered: list = field(default_factory=list)  # (change_no, record, day, values)

    def body(self, record, day, known):
        latest = {}
        for change_no, name, valid_from, values in self.entered:
            if name != record or valid_from > day or change_no > known:
                continue
            for f, value in values.items():
                if f not in latest or (valid_from, change_no) >= latest[f][0]:
                    latest[f] = ((valid_from, change_no), value)
        return {f: v for f, (_, v) in latest.items() if v is not None}

    def visible(self, record, day, known):
        body = self.body(record, day, known)
        return None if not body or body.get(ENDED) else body

    def records(self):
        return sorted({e[1] for e in self.entered})
