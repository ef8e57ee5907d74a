"""Turns command lines into wall times, CPU times and peak memory, measured in turns.

Peak memory is what wait4(2) reports for the child; nothing below `Runner.memory_floor()` can be seen (bench_launch.py
says why).
"""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import sys

LAUNCHER = pathlib.Path(__file__).resolve().parent / "bench_launch.py"

# Below this a duration is noise of the clock and of process creation, and no divisor.
RESOLUTION_SECONDS = 1e-5


class CommandFailed(Exception):
    """A command ended in a way that makes its figures meaningless."""


@dataclasses.dataclass(frozen=True)
class Command:
    """What to run, and the exit codes that mean it did its work. `rounds` limits slow commands."""

    label: str
    argv: tuple
    exits: tuple = (0,)
    rounds: int | None = None


@dataclasses.dataclass(frozen=True)
class Figures:
    """One process: seconds on the wall clock, seconds of user and system CPU, and bytes of peak resident memory."""

    wall: float
    cpu: float
    peak: int


@dataclasses.dataclass(frozen=True)
class Spread:
    """A median between its quartiles."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values):
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))

    def scaled(self, factor):
        """The same in another unit."""
        return Spread(self.low * factor, self.middle * factor, self.high * factor)


class Runner:
    """Runs commands with their output in files of one directory."""

    def __init__(self, scratch):
        self.stdout = scratch / "stdout"
        self.stderr = scratch / "stderr"
        self.figures = scratch / "figures"

    def run(self, command):
        """The figures of one run; raises CommandFailed on any exit code that the command does not expect."""
        code, figures = self.attempt(command)
        if code not in command.exits:
            raise CommandFailed(f"{' '.join(map(str, command.argv))}\nexited with {code}: {self.complaint()}")
        return figures

    def attempt(self, command):
        """Exit code (negative for a signal) and figures of one run."""
        argv = [sys.executable, "-I", "-S", LAUNCHER, self.figures, *command.argv]
        with self.stdout.open("wb") as stdout, self.stderr.open("wb") as stderr:
            subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, check=True)
        status, wall, cpu, peak = self.figures.read_text().split()
        unit = 1 if sys.platform == "darwin" else 1024
        return os.waitstatus_to_exitcode(int(status)), Figures(float(wall), float(cpu), int(peak) * unit)

    def complaint(self):
        """The end of what the last command wrote to standard error."""
        text = self.stderr.read_text(errors="replace").strip()
        return text[-2000:] or "nothing on standard error"

    def memory_floor(self):
        """The smallest peak that can be seen from here, in bytes."""
        return self.run(Command("true", ("/usr/bin/env", "true"))).peak

    def in_turns(self, commands, rounds):
        """Runs A B C A B C …; returns for each label its figures, one a round. A command with fewer rounds of its own
        takes part in the first ones."""
        figures = {command.label: [] for command in commands}
        for number in range(rounds):
            for command in commands:
                if command.rounds is None or number < command.rounds:
                    figures[command.label].append(self.run(command))
        return figures


def divide(dividend, divisor):
    """A quotient of two durations or sizes that is defined for a divisor of next to nothing, too."""
    return dividend / max(divisor, RESOLUTION_SECONDS)


def ratios(figures, over, under, quantity):
    """The spread of `over / under` taken round by round, over the rounds that both took part in."""
    pairs = zip(figures[over], figures[under])
    return Spread.of([divide(getattr(a, quantity), getattr(b, quantity)) for a, b in pairs])
