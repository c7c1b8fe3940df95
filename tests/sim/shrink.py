"""Makes the plan of a simulation that fails short: leaves out what it fails without, then makes what is left smaller."""

import re

TRIES_MAX = 400
SETTINGS = ("task", "mqtt", "rocketmq", "network")


def shrink(plan, run):
    """The shortest plan found that fails in the same way. `run(text)` gives how a plan fails, or None."""
    search = Search(run, plan)
    if search.wanted is None:
        return plan
    search.leave_out_happenings()
    search.leave_out_words()
    search.make_numbers_smaller()
    search.leave_out_happenings()
    return "\n".join(search.lines) + "\n"


class Search:
    def __init__(self, run, plan):
        self.run, self.tries = run, 0
        self.lines = [line.split(" #")[0].rstrip() for line in plan.splitlines() if line.strip()]
        self.wanted = run(plan)

    def accept(self, lines):
        """Takes the lines if they fail as the plan did."""
        if self.tries >= TRIES_MAX or lines == self.lines:
            return False
        self.tries += 1
        if self.run("\n".join(lines) + "\n") != self.wanted:
            return False
        self.lines = lines
        return True

    def leave_out_happenings(self):
        size = sum(line.startswith("at ") for line in self.lines)
        while size >= 1:
            places = [i for i, line in enumerate(self.lines) if line.startswith("at ")]
            for start in range(0, len(places), size):
                gone = set(places[start:start + size])
                if self.accept([line for i, line in enumerate(self.lines) if i not in gone]):
                    break
            else:
                size //= 2

    def leave_out_words(self):
        """A setting that is left out has its usual value."""
        for place in range(len(self.lines)):
            if not self.lines[place].startswith(SETTINGS):
                continue
            for word in self.lines[place].split()[1:]:
                without = " ".join(other for other in self.lines[place].split() if other != word)
                self.accept([*self.lines[:place], without, *self.lines[place + 1:]])

    def make_numbers_smaller(self):
        for place in range(len(self.lines)):
            for name in re.findall(r"(\w+)=\d+", self.lines[place]):
                while self.halve(place, name):
                    pass

    def halve(self, place, name):
        value = int(re.search(rf"\b{name}=(\d+)", self.lines[place]).group(1))
        if value <= 1:
            return False
        smaller = re.sub(rf"\b{name}=\d+", f"{name}={value // 2}", self.lines[place], count=1)
        return self.accept([*self.lines[:place], smaller, *self.lines[place + 1:]])
