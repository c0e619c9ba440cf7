"""The Grafana dashboards: each query runs, as the login that Grafana has, on a database with an hour behind it,
and gives the columns that its panel draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row
from tests.cluster import A, B, Connection, Database
from tests.grafana.macros import Span, expand, last_hours

FOLDER = Path(__file__).resolve().parents[2] / "docker" / "grafana"
BOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))
}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
NUMBER = {20, 21, 23, 700, 701, 1700}  # int2, int4, int8, float4, float8, numeric
TEXT, MOMENT = 25, 1184


def named(given: Any) -> str:
    return f"{given[0]}: {given[1]['title']}" if isinstance(given, tuple) else str(given)


@pytest.fixture(scope="module")
def span() -> Span:
    return last_hours(6, datetime.now(UTC))


@pytest.fixture
def grafana(loaded: Database) -> Iterator[Connection]:
    """A connection as the login of Grafana: it reads what an analyst of all reads, and writes nothing."""
    with psycopg.connect(loaded.url("test_analyst_all"), autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = on")
        yield connection


def ask(
    connection: Connection, query: str, span: Span, **variables: str
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """The types of the columns by name, and the rows."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(expand(query, variables, span).encode())
        assert cursor.description is not None
        types = {column.name: column.type_code for column in cursor.description}
        assert len(types) == len(cursor.description), "two columns have one name"
        return types, cursor.fetchall()


@pytest.mark.parametrize("given", PANELS, ids=named)
def test_a_panels_query_gives_what_the_panel_draws(grafana: Connection, span: Span, given: tuple[str, Any]) -> None:
    _, panel = given
    for target in panel["targets"]:
        types, found = ask(grafana, target["rawSql"], span, enterprise=str(B))
        assert found
        if target["format"] == "time_series":
            assert panel["type"] == "timeseries"
            assert types.pop("time") in NUMBER | {MOMENT}
            assert types.pop("metric", TEXT) == TEXT
            assert types and set(types.values()) <= NUMBER
            assert [row["time"] for row in found] == sorted(row["time"] for row in found)
        elif panel["type"] == "stat":
            assert len(found) == 1 and len(types) == 1 and set(types.values()) <= NUMBER
            assert None not in found[0].values()
        else:
            assert panel["type"] == "table"
        shown = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
        assert shown <= set(types)


def test_the_enterprises_to_choose_from_are_those_that_the_login_reaches(loaded: Database, span: Span) -> None:
    (variable,) = BOARDS["enterprise"]["templating"]["list"]
    assert variable["query"] == variable["definition"]
    loaded.bind("test_analyst", B)
    for login, expected in (("test_analyst_all", {str(A), str(B)}), ("test_analyst", {str(B)})):
        types, found = ask(loaded.connect(login), variable["query"], span)
        assert set(types) == {"__value", "__text"} and {row["__value"] for row in found} == expected


def test_a_login_that_is_bound_to_one_enterprise_sees_its_dashboard_and_no_others(loaded: Database, span: Span) -> None:
    loaded.bind("test_analyst", B)
    connection = loaded.connect("test_analyst")
    for panel in BOARDS["enterprise"]["panels"]:
        query = panel["targets"][0]["rawSql"]
        assert ask(connection, query, span, enterprise=str(B))[1]
        of_a = ask(connection, query, span, enterprise=str(A))[1]
        assert [row for row in of_a if panel["type"] != "stat" or set(row.values()) != {0}] == []


def test_a_dashboard_is_one_that_grafana_takes() -> None:
    assert set(BOARDS) == {"operator", "enterprise"}
    (source,) = yaml.safe_load((FOLDER / "provisioning/datasources/xnovu.yml").read_text())["datasources"]
    used = {"type": source["type"], "uid": source["uid"]}
    for name, board in BOARDS.items():
        assert (board["uid"], board["title"]) == (f"xnovu-{name}", f"XNovu: {name}") and "id" not in board
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids) and len({panel["title"] for panel in board["panels"]}) == len(ids)
        for panel in board["panels"]:
            (target,) = panel["targets"]
            assert panel["datasource"] == used == target["datasource"]
            assert target["rawQuery"] and target["format"] in ("table", "time_series")
        places = [panel["gridPos"] for panel in board["panels"]]
        cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
        assert len(set(cells)) == len(cells) and max(x for x, _ in cells) == 23
        assert [variable["datasource"] for variable in board["templating"]["list"]] in ([], [used])


def test_the_data_source_keeps_its_password_elsewhere() -> None:
    text = (FOLDER / "provisioning/datasources/xnovu.yml").read_text()
    (source,) = yaml.safe_load(text)["datasources"]
    assert source["secureJsonData"] == {"password": "$GRAFANA_DATABASE_PASSWORD"} and not source["editable"]
    (provider,) = yaml.safe_load((FOLDER / "provisioning/dashboards/xnovu.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"


@pytest.mark.parametrize(
    "query",
    ["$__timeSpan(a)", "$nosuch", "${nosuch:sqlstring}", "${enterprise:csv}", "$__timeGroup(a)", "$__timeFilter()"],
)
def test_what_grafana_would_not_expand_is_not_expanded(span: Span, query: str) -> None:
    with pytest.raises(ValueError):
        expand(query, {"enterprise": "x"}, span)


def test_macros_are_expanded_as_grafana_does() -> None:
    span = Span(datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 10, 1, 9, tzinfo=UTC))
    first, last = "'2026-10-01T08:00:00Z'", "'2026-10-01T09:00:00Z'"
    for query, expected in (
        ("$__timeFilter(o.at)", f"o.at BETWEEN {first} AND {last}"),
        ("$__timeFrom(), $__timeTo()", f"{first}, {last}"),
        ("$__timeGroupAlias(at, '5m')", 'floor(extract(epoch from at)/300)*300 AS "time"'),
        ("$__timeGroup(at, $__interval)", "floor(extract(epoch from at)/60)*60"),
        ("${name:sqlstring} $name", "'it''s' it's"),
    ):
        assert expand(query, {"name": "it's"}, span) == expected
