"""Plots, as PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

from bench.spread import Spread


def draw_rates(file: Path, title: str, unit: str, rates: Mapping[str, Spread], note: str) -> None:
    """A bar for each rate, with its median beside it and a line from minimum to maximum."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.5 * len(rates)), layout="constrained")
    names = list(rates)
    medians = [rates[name].median for name in names]
    errors = [[rates[n].median - rates[n].minimum for n in names], [rates[n].maximum - rates[n].median for n in names]]
    colours = ["#1f4e79", *["#9aa5b1"] * (len(names) - 1)]
    bars = axes.barh(names, medians, xerr=errors, color=colours, ecolor="#52606d", capsize=3)
    axes.bar_label(bars, [f"{value:,.0f}" for value in medians], padding=6)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel(unit)
    figure.supxlabel(fill(note, 130), fontsize=7, color="#52606d")
    figure.savefig(file, dpi=150)
    pyplot.close(figure)


def draw_percentiles(file: Path, title: str, unit: str, latencies: Mapping[str, Sequence[float]], note: str) -> None:
    """For each series of latencies, how much each percentile is, up to the 99.9th; both axes stretch the slow end."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4.5), layout="constrained")
    shares = [share / 1000 for share in range(1000)]
    for name, values in latencies.items():
        ordered = sorted(values)
        axes.plot(
            [1 / (1 - share) for share in shares], [ordered[int(share * len(ordered))] for share in shares], label=name
        )
    marks = {1: "0", 2: "50", 10: "90", 100: "99", 1000: "99.9"}
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(list(marks), list(marks.values()))
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel("percentile")
    axes.set_ylabel(unit)
    axes.legend(frameon=False)
    figure.supxlabel(fill(note, 130), fontsize=7, color="#52606d")
    figure.savefig(file, dpi=150)
    pyplot.close(figure)


Series = Mapping[str, Sequence[tuple[float, float]]]


def draw_over_time(file: Path, title: str, panels: Mapping[str, Series], note: str) -> None:
    """A panel for each unit, all over the same minutes, with a line for each series of (seconds, value)."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, several = pyplot.subplots(
        len(panels), sharex=True, squeeze=False, figsize=(9, 1 + 2 * len(panels)), layout="constrained"
    )
    for axes, (unit, series) in zip(several[:, 0], panels.items(), strict=True):
        for name, points in series.items():
            axes.plot([at / 60 for at, _ in points], [value for _, value in points], label=name)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(unit)
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    several[0, 0].set_title(title, loc="left", fontweight="bold")
    several[0, 0].legend(frameon=False)
    several[-1, 0].set_xlabel("minutes")
    figure.supxlabel(fill(note, 130), fontsize=7, color="#52606d")
    figure.savefig(file, dpi=150)
    pyplot.close(figure)
