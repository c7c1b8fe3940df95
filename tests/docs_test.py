"""The documents say what is so: examples pass lint, names of metrics and fields are those of the code, links lead somewhere.

Run: python3 -m pytest -q tests/docs_test.py     OUTFLOW names the program; default: build/test or build/release
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TESTS = sorted(ROOT.glob("examples/*.test.yaml"))
EXAMPLES = sorted(set(ROOT.glob("examples/*.yaml")) - set(TESTS))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# of docs/task.schema.json: the heading in docs/tasks.md under which an object's fields stand
SECTIONS = {"instance.mqtt": "instances.NAME.mqtt", "instance.rocketmq": "instances.NAME.rocketmq", "task.source.mqtt": "source.mqtt",
            "task.source.batch": "source.batch", "task.transform.split": "transform", "task.sink.rocketmq": "sink.rocketmq", "task.property": "property"}


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="session")
def outflow():
    named = [os.environ["OUTFLOW"]] if os.environ.get("OUTFLOW") else ["build/test/outflow", "build/release/outflow"]
    for name in named:
        if os.access(ROOT / name, os.X_OK):
            return ROOT / name
    reason = f"no program at {' or '.join(named)}; build it (cmake --preset release && cmake --build --preset release)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=30)


def task_blocks():
    """Fenced blocks that are whole task files, as (document:line, text)."""
    for document in DOCUMENTS:
        text = document.read_text()
        for block in FENCE.finditer(text):
            if block[1] == "yaml" and re.search(r"^tasks:", block[2], re.MULTILINE):
                yield f"{name_of(document)}:{text.count(chr(10), 0, block.start()) + 1}", block[2]


def lint_commands(document):
    """The lint commands that a document shows, and what they print."""
    return [shown for shown in console_commands((ROOT / document).read_text()) if shown[0].startswith("outflow lint ")]


def tables(text):
    """The cells of every row of every table, code marks left in place; an escaped bar is no border."""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def section(text, heading):
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading}"
    return found[2]


@pytest.mark.parametrize("place, text", task_blocks())
def test_task_files_in_documents_pass_lint(outflow, tmp_path, place, text):
    file = tmp_path / "tasks.yaml"
    file.write_text(text)
    done = run(outflow, "lint", file)
    assert done.returncode == 0, f"{place}:\n{done.stdout}"
    is_shown = any(done.stdout.replace(str(file), line.split()[-1]) == expected for line, expected in lint_commands(place.split(":")[0]))
    assert done.stdout.startswith("no problems") or is_shown, f"{place}: warnings that the document does not show:\n{done.stdout}"


@pytest.mark.parametrize("file", EXAMPLES, ids=name_of)
def test_examples_pass_lint(outflow, file):
    done = run(outflow, "lint", file)
    assert done.returncode == 0 and done.stdout.startswith("no problems"), done.stdout


@pytest.mark.parametrize("file", TESTS, ids=name_of)
def test_tests_of_examples_pass(outflow, file):
    done = run(outflow, "test", file)
    assert done.returncode == 0 and "\nok  " in "\n" + done.stdout, done.stdout


def test_there_are_examples_to_check():
    assert len(list(task_blocks())) >= 4 and len(EXAMPLES) >= 3 and len(TESTS) >= 2


CODE = re.compile(r"`([^`]+)`")
PATTERN_CHAPTER = ROOT / "docs/pattern.md"


def pattern_rows(kind, pattern="pattern of `data.body`"):
    """(pattern, other cells) of the tables whose columns are `pattern` and `kind`."""
    rows, heading = [], []
    for row in tables(PATTERN_CHAPTER.read_text()):
        if not row[0].startswith("`"):
            heading = row
        elif heading[:2] == [pattern, kind]:
            rows.append((CODE.match(row[0])[1], row[1:]))
    return rows


def test_examples_of_the_pattern_chapter_match_as_it_says(outflow, tmp_path):
    rows = []
    for pattern, (matching, failing) in pattern_rows("matches"):
        for outcome, cell in (("match", matching), ("nomatch", failing)):
            rows += [{"id": f"{pattern} {body}", "pattern": f'{{"data":{{"body":{pattern}}}}}', "event": f'{{"data":{{"body":{body}}}}}',
                      "outcome": outcome} for body in CODE.findall(cell)]
    assert len(rows) > 100 and {row["outcome"] for row in rows} == {"match", "nomatch"}
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run(outflow, "pattern", "test", "--rows", file)
    differing = [line for line in done.stdout.splitlines() if '"expected"' in line]
    assert done.returncode == 0, "\n".join(differing)
    assert done.stdout.count('"outcome"') == len(rows)


def test_examples_of_filter_path_pass_as_the_chapter_says(outflow, tmp_path):
    rows = []
    for path, (passing, failing) in pattern_rows("passes (`data.body`)", "filter_path"):
        for outcome, cell in (("match", passing), ("nomatch", failing)):
            rows += [{"id": f"{path} {body}", "filter_path": path, "event": f'{{"data":{{"topic":"a","body":{body}}}}}', "outcome": outcome}
                     for body in CODE.findall(cell)]
    assert len(rows) >= 20
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run(outflow, "pattern", "test", "--rows", file)
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines() if '"expected"' in line)


def test_what_the_pattern_chapter_says_is_refused_is_refused(outflow):
    rows = pattern_rows("refused")
    assert len(rows) >= 10
    for pattern, (reason,) in rows:
        done = run(outflow, "pattern", "lint", "-p", f'{{"data":{{"body":{pattern}}}}}')
        sentences = re.split(r"(?<=\.) (?=Did you|Put the|Write it)", reason)  # the message, and maybe a hint
        assert done.returncode == 2 and all(sentence.rstrip(".") in done.stdout for sentence in sentences), f"{pattern}: {done.stdout}"


def test_what_the_pattern_chapter_says_is_warned_of_is_warned_of(outflow):
    rows = pattern_rows("warning", "pattern")
    assert len(rows) >= 9
    for pattern, (warning,) in rows:
        done = run(outflow, "pattern", "lint", "-p", pattern)
        assert done.returncode == 0 and "warning: " in done.stdout and warning.rstrip(".") in done.stdout, f"{pattern}: {done.stdout}"


def test_every_operator_is_in_the_pattern_chapter():
    code = (ROOT / "src/pattern/operators.cpp").read_text()
    names = re.findall(r'"([a-z-]+)"', re.search(r"operators\[\] = \{(.*?)\};", code, re.DOTALL)[1])
    documented = " ".join(pattern for pattern, _ in pattern_rows("matches"))
    assert len(names) == 10 and all(f'"{name}"' in documented for name in names)


def console_commands(text):
    """(command, what it prints) of the console blocks: commands start with `$ outflow `."""
    for kind, block in FENCE.findall(text):
        if kind == "console":
            for command in re.split(r"^\$ (?=outflow )", block, flags=re.M)[1:]:
                line, _, expected = command.partition("\n")
                yield line, expected


@pytest.mark.parametrize("chapter, least", [("pattern", 3), ("testing", 2)])
def test_commands_of_a_chapter_print_what_it_says(outflow, tmp_path, chapter, least):
    """Files that they name are examples, or stand in the chapter: the line before a fenced block is a comment with the name."""
    text = (ROOT / f"docs/{chapter}.md").read_text()
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name, block in re.findall(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    commands = list(console_commands(text))
    assert len(commands) >= least
    for line, expected in commands:
        done = subprocess.run([str(outflow), *shlex.split(line)[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=30, cwd=tmp_path)
        assert done.stdout == expected, line


def test_the_testing_chapter_shows_the_example_and_every_field():
    text = (ROOT / "docs/testing.md").read_text()
    assert FENCE.search(text)[2] == (ROOT / "examples/quickstart.test.yaml").read_text(), "the document shows another file"
    rows = re.findall(r'\{"(?:file|test|message|record)", "(\w+)", \w+, \w+, ', (ROOT / "src/cli/tests_fields.cpp").read_text())
    assert len(rows) >= 20 and all(f"`{field}`" in text for field in rows)


def defined_metrics():
    """{name: type} as app/metrics.cpp has them."""
    code = (ROOT / "src/app/metrics.cpp").read_text()
    rows = re.findall(r'Metric\{\s*"(\w+)",\s*Type::(counter|gauge),', code)
    assert len(rows) == len(re.findall(r"Metric\{", code)), "a row of the table is written in another way"
    found = {f"outflow_{name}{'_total' if kind == 'counter' else ''}": kind for name, kind in rows}
    return found | dict(re.findall(r'append_header\(out, "(\w+)", "(\w+)"', code))


def test_documented_metrics_are_those_that_are_served():
    text = section((ROOT / "docs/metrics.md").read_text(), "All of them")
    documented = {row[0].strip("`"): row[1] for row in tables(text) if row[0].startswith("`")}
    assert documented == defined_metrics()


def test_documents_name_no_other_metrics():
    known = defined_metrics()
    for document in DOCUMENTS:
        for name in re.findall(r"\boutflow_(?!early|<)\w+", document.read_text()):
            assert name in known or name.endswith(("_test", "_")) or name in ("outflow_early_ack", "outflow_session"), f"{name_of(document)}: {name}"


@pytest.mark.parametrize("part", SECTIONS)
def test_every_field_is_documented_with_its_default(part):
    text = section((ROOT / "docs/tasks.md").read_text(), SECTIONS[part])
    rows = {}
    for row in tables(text):
        for field in re.findall(r"`(\w+)", row[0]):
            rows.setdefault(field, row)
    for field, rule in json.loads((ROOT / "docs/task.schema.json").read_text())["$defs"][part]["properties"].items():
        mentioned = field in rows or re.search(rf"`{field}\b", text)
        assert mentioned, f"{part}.{field} is not documented"
        if "not" in rule or field not in rows:
            continue
        row = " | ".join(rows[field])
        if "default" in rule and field != "max_tasks":
            assert rows[field][1].strip("`") == str(rule["default"]), f"{part}.{field}: {row}"
        for limit in ("minimum", "maximum"):
            if limit in rule and part != "instance.rocketmq" and field != "max_tasks":
                assert str(rule[limit]) in row, f"{part}.{field}: {limit} {rule[limit]} is not in: {row}"


def test_documented_commands_exist(outflow):
    commands = section((ROOT / "README.md").read_text(), "Commands")
    rows = [row for row in tables(commands) if row[0].startswith("`outflow")]
    assert len(rows) >= 6
    for row in rows:
        words = [word for word in row[0].strip("`").split()[1:] if word.islower() and not word.startswith(("-", "["))]
        done = run(outflow, *words, "--help")
        assert done.returncode == 0, f"{row[0]}: {done.stdout}"
        for option in re.findall(r"--[a-z-]+", " ".join(row)):
            assert option in done.stdout, f"{row[0]} has no {option}"


def test_commands_of_the_jsonpath_chapter_print_what_it_says(outflow, tmp_path):
    blocks = FENCE.findall((ROOT / "docs/jsonpath.md").read_text())
    for name, text in zip(("press.json", "suite.json"), (text for kind, text in blocks if kind == "json")):
        (tmp_path / name).write_text(text)
    commands = [command for kind, text in blocks if kind == "console" for command in re.split(r"^\$ (?=outflow )", text, flags=re.M)[1:]]
    assert len(commands) >= 10
    for command in commands:
        line, _, expected = command.partition("\n")
        words = [str(tmp_path / word) if word.endswith(".json") else word for word in shlex.split(line)[1:]]
        assert run(outflow, *words).stdout == expected, line


def test_rules_and_commands_of_the_devbroker_chapter_work(outflow, tmp_path):
    """One server with every rule of the table, then the control's commands in their order."""
    text = (ROOT / "docs/devbroker.md").read_text()
    rules = [row[0].strip("`") for row in tables(section(text, "Faults on purpose")) if row[0].startswith("`")]
    commands = [line[2:] for _, block in FENCE.findall(text) for line in block.splitlines() if line.startswith("$ curl ")]
    assert len(rules) >= 15 and len(commands) >= 10
    command = [outflow, "devbroker", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--record-requests", "--data",
               tmp_path / "data", *(word for rule in rules for word in ("--fault", rule))]
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as server:
        try:
            control = None
            for line in server.stdout:
                control = control or re.search(r"http://127.0.0.1:(\d+)/", line)
                if "faults on purpose" in line:
                    assert int(line.split()[-1]) == len(rules)
                    break
            for line in commands:
                words = shlex.split(line.replace("127.0.0.1:9877", f"127.0.0.1:{control[1]}"))
                done = run(*words)
                assert done.returncode == 0 and "error" not in json.loads(done.stdout), f"{line}: {done.stdout}"
        finally:
            server.terminate()
        assert server.wait(10) == 0


KEY = "root:0123456789abcdef0123"


@pytest.fixture
def server(outflow, tmp_path):
    """The address of an empty server; its first access key is KEY."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OUTFLOW")} | {"OUTFLOW_BOOTSTRAP_KEY": KEY}
    command = [outflow, "server", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"]
    with subprocess.Popen([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield re.search(r"http://\S+", process.stdout.readline())[0]
        finally:
            process.terminate()
        assert process.wait(20) == 0


@pytest.mark.parametrize("chapter, least", [("server", 12), ("api", 12)])
def test_commands_of_a_chapter_about_the_server_print_what_it_says(outflow, server, tmp_path, chapter, least):
    """One after another on one server; what they print may differ where the chapter has `...`."""
    text = (ROOT / f"docs/{chapter}.md").read_text()
    for name, block in re.findall(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    (tmp_path / "outflow").symlink_to(outflow.resolve())
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "OUTFLOW_SERVER": server, "OUTFLOW_TOKEN": KEY, "KEY": KEY}
    commands = [command.partition("\n") for kind, block in FENCE.findall(text) if kind == "console"
                for command in re.split(r"^\$ ", block, flags=re.M)[1:]]
    assert len(commands) >= least
    for line, _, expected in commands:
        done = subprocess.run(["bash", "-c", line.replace("http://127.0.0.1:8420", server)], env=environment, cwd=tmp_path, timeout=30,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        printed = done.stdout if done.stdout.endswith("\n") or not done.stdout else done.stdout + "\n"
        assert re.fullmatch(re.escape(expected).replace(r"\.\.\.", ".*?"), printed, re.DOTALL), f"{line}\n{printed}"


def test_routes_of_the_api_chapter_are_those_of_the_server(server):
    with urllib.request.urlopen(f"{server}/v1/openapi.json", timeout=30) as answer:
        paths = json.load(answer)["paths"]
    served = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            said = re.match(r"Needs the role (\w+)(, and a user who sees all tasks)?\.", operation.get("description", ""))
            served[f"`{method.upper()} {path}`"] = f"{said[1]}{', all tasks' if said[2] else ''}" if said else "nobody"
    documented = {row[0]: row[1] for row in tables(section((ROOT / "docs/api.md").read_text(), "Routes")) if row[0].startswith("`")}
    assert documented == served


def test_settings_of_the_server_chapter_are_those_of_the_program(outflow):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OUTFLOW_")}
    done = subprocess.run([str(outflow), "server", "--print-config"], env=environment, stdout=subprocess.PIPE, text=True, timeout=30, check=True)
    served, group = {}, ""
    for comment, indent, name, value in re.findall(r"(?:^ *#.*\((\w+)\)\n)?^( *)(\w+):(.*)\n", done.stdout, re.MULTILINE):
        group = group if indent else ""
        if comment:
            served[f"`{group}{name}`"] = [f"`{comment}`", value.strip().strip('"')]
        else:
            group = f"{name}."
    text = section((ROOT / "docs/server.md").read_text(), "Settings")
    documented = {row[0]: [row[1], row[3].strip("`")] for row in tables(text) if row[0].startswith("`")}
    assert documented == served


def test_tests_that_the_security_chapter_names_exist():
    code = "".join(file.read_text() for file in ROOT.glob("src/*/*_test.cpp"))
    names = {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", code, re.MULTILINE)}
    known = names | {f"{name.partition('.')[0]}.*" for name in names}
    named = re.findall(r"`([A-Z]\w+\.(?:\w+|\*))`", section((ROOT / "docs/security.md").read_text(), "Threats"))
    assert len(named) >= 40 and set(named) <= known, set(named) - known


def test_the_commands_chapter_is_what_the_program_says(outflow):
    done = subprocess.run([sys.executable, str(ROOT / "tools/cli_reference.py"), str(outflow)], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert done.stdout == (ROOT / "docs/cli.md").read_text(), "write it anew: tools/cli_reference.py OUTFLOW > docs/cli.md"


def anchor_of(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document):
    text = FENCE.sub("", document.read_text())
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.is_file(), f"{name_of(document)}: no file {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", FENCE.sub("", file.read_text()), re.MULTILINE)
            assert anchor in {anchor_of(heading) for heading in headings}, f"{name_of(document)}: no heading {target}"


RECIPE = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
MESSAGE = re.compile(r"^Published to `([^`]+)`(, filtered)?:\n\n```json\n(.*?)^```$(?:\n\nDelivered:\n\n```json\n(.*?)^```$)?",
                     re.MULTILINE | re.DOTALL)


def recipes():
    """(file, [(topic, payload, the record or None)]) of each recipe."""
    for text in RECIPE.findall((ROOT / "docs/recipes.md").read_text()):
        if file := re.search(r"\(\.\./(examples/[^)]+\.yaml)\)", text):
            yield pytest.param(text, ROOT / file[1], id=file[1])


@pytest.mark.parametrize("text, file", recipes())
def test_recipes_deliver_what_they_say(outflow, tmp_path, text, file):
    assert FENCE.search(text)[2] == file.read_text(), "the document shows another file"
    messages = MESSAGE.findall(text)
    assert [bool(filtered) for _, filtered, _, _ in messages] == [False, True]
    payload = tmp_path / "payload"
    for topic, filtered, message, record in messages:
        payload.write_text(message)
        done = json.loads(run(outflow, "task", "preview", file, "--payload", payload, "--topic", topic, "--json").stdout)
        assert done["verdict"] == ("filtered" if filtered else "record"), done
        if not filtered:
            made = done["records"][0]
            made["body"] = json.loads(made["body"])
            made["properties"].pop("__SHARDINGKEY", None)
            assert {name: value for name, value in made.items() if value} == json.loads(record)


def test_the_split_of_the_task_chapter_delivers_what_it_says(outflow, tmp_path):
    text = section((ROOT / "docs/tasks.md").read_text(), "transform")
    file = ROOT / "examples/split.yaml"
    assert FENCE.search(text)[2] == file.read_text(), "the document shows another file"
    (topic, _, message, records), = MESSAGE.findall(text)
    (tmp_path / "payload").write_text(message)
    done = json.loads(run(outflow, "task", "preview", file, "--payload", tmp_path / "payload", "--topic", topic, "--json").stdout)
    made = [{name: value for name, value in record.items() if value} for record in done["records"]]
    assert made == [json.loads(line) for line in records.splitlines()]


def test_there_are_recipes_to_check():
    assert len(list(recipes())) == 5
