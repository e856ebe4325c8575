#!/usr/bin/env python3
"""Opens what daepyo wrote with the programs that it is written for, or has one of them write a file of its own.

Usage: foreign_formats.py read every-eval-ever|inspect|inspect-header|inspect-samples|parquet FOLDER
       foreign_formats.py make inspect FOLDER
The last line of standard output is JSON: documents, values and standard errors by "TASK METRIC,FILTER", problems.
"""

import json
import subprocess
import sys
from pathlib import Path

CAPITALS = [("What is the capital of Korea?", "Seoul"), ("What is the capital of Japan?", "Tokyo"),
            ("What is the capital of France?", "Paris"), ("What is the capital of Kenya?", "Nairobi")]
SAID = ["Seoul", "Tokyo", "Lyon", "Nairobi"]


def found():
    return {"documents": 0, "values": {}, "errors": {}, "problems": []}


def full(name):
    """A metric as lm-eval's layout names it."""
    return name if "," in name else name + ",none"


def every_eval_ever(folder):
    read = found()
    root = (folder / "every-eval-ever").resolve()
    aggregates = sorted(path for path in root.rglob("*.json"))
    samples = sorted(path for path in root.rglob("*_samples.jsonl"))
    command = [sys.executable, "-m", "every_eval_ever", "validate", "--format", "json"]
    validated = subprocess.run(command + [str(path) for path in aggregates + samples], capture_output=True, text=True,
                               cwd=root, check=False)
    if validated.returncode != 0:
        read["problems"].append(validated.stdout[-2000:] + validated.stderr[-2000:])
    documents = set()
    for path in aggregates:
        for result in json.loads(path.read_text(encoding="utf-8"))["evaluation_results"]:
            task, metric = result["evaluation_result_id"].split("/", 1)
            read["values"][f"{task} {metric}"] = result["score_details"]["score"]
            uncertainty = result["score_details"].get("uncertainty")
            if uncertainty:
                read["errors"][f"{task} {metric}"] = uncertainty["standard_error"]["value"]
    for path in samples:
        for line in path.read_text(encoding="utf-8").splitlines():
            documents.add(json.loads(line)["sample_id"])
    read["documents"] = len(documents)
    return read


def inspect(folder, how):
    from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries

    read = found()
    for info in list_eval_logs(str(folder / "inspect")):
        log = read_eval_log(info, header_only=how == "header")
        if log.status != "success":
            read["problems"].append(f"{info.name}: {log.status}")
        if how == "samples":
            # Each sample alone, and the mean of what it says.
            summaries = read_eval_log_sample_summaries(info)
            read["documents"] += len(summaries)
            sums = {}
            for summary in summaries:
                sample = read_eval_log_sample(info, summary.id, summary.epoch)
                if not sample.output.completion and sample.error is None:
                    read["problems"].append(f"{info.name}: sample {summary.id} has no completion")
                for name, score in sample.scores.items():
                    sums.setdefault(f"{log.eval.task} {full(name)}", []).append(score.as_float())
            read["values"].update({name: sum(values) / len(values) for name, values in sums.items()})
            continue
        read["documents"] += log.results.completed_samples if how == "header" else len(log.samples)
        for score in log.results.scores:
            name = f"{log.eval.task} {full(score.name)}"
            for metric in score.metrics.values():
                read["errors" if metric.name == "stderr" else "values"][name] = metric.value
    return read


def parquet(folder):
    import pyarrow.parquet

    read = found()
    [path] = folder.glob("samples_*.parquet")
    rows = pyarrow.parquet.read_table(path).to_pylist()
    read["documents"] = len(rows)
    sums = {}
    for row in rows:
        if len(row["responses"]) + len(row["logprobs"]) == 0:
            read["problems"].append(f"{row['task']} {row['document']} has no response")
        for name, value in row.items():
            if name.startswith("metric_") and value is not None:
                sums.setdefault((row["task"], name.removeprefix("metric_")), []).append(value)
    # The column has no place for the filter; the metrics of a task behind one filter are told by their name alone.
    filters = json.loads(next(folder.glob("results_*.json")).read_text(encoding="utf-8"))["results"]
    for (task, metric), values in sums.items():
        [name] = [key for key in filters[task] if key.split(",")[0] == metric]
        read["values"][f"{task} {name}"] = sum(values) / len(values)
    return read


def make_inspect(folder):
    from inspect_ai import Task, eval as run
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.scorer import exact
    from inspect_ai.solver import generate, prompt_template

    (folder / "data").mkdir(exist_ok=True)
    rows = [json.dumps({"question": question, "answer": answer}) + "\n" for question, answer in CAPITALS]
    (folder / "data/test.jsonl").write_text("".join(rows), encoding="utf-8")
    (folder / "capitals.yaml").write_text(
        "task: capitals\ndataset_path: json\ndataset_kwargs: {data_files: {test: data/test.jsonl}}\ntest_split: test\n"
        "output_type: generate_until\ndoc_to_text: \"{{question}} One word.\"\ndoc_to_target: \"{{answer}}\"\n"
        "generation_kwargs: {until: [\"\\n\"], max_gen_toks: 16}\n"
        "metric_list:\n  - {metric: exact_match, aggregation: mean, higher_is_better: true}\n", encoding="utf-8")
    task = Task(dataset=MemoryDataset([Sample(input=question, target=answer) for question, answer in CAPITALS]),
                solver=[prompt_template("{prompt} One word."), generate()], scorer=exact(), name="capitals")
    outputs = [ModelOutput.from_content("mockllm/model", text) for text in SAID]
    for output in outputs:
        # Without it the mock model counts tokens with a vocabulary from the network.
        output.usage = ModelUsage(input_tokens=9, output_tokens=1, total_tokens=10)
    model = get_model("mockllm/model", custom_outputs=outputs)
    [log] = run(task, model=model, log_dir=str(folder / "logs"), log_format="eval", display="none", max_samples=1,
                max_connections=1)
    read = found()
    read["documents"] = len(log.samples)
    read["values"]["capitals exact_match,none"] = log.results.scores[0].metrics["mean"].value
    return read


def main():
    how, what, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if how == "make":
        read = make_inspect(folder)
    elif what == "every-eval-ever":
        read = every_eval_ever(folder)
    elif what == "parquet":
        read = parquet(folder)
    else:
        read = inspect(folder, what.removeprefix("inspect").removeprefix("-") or "full")
    print(json.dumps(read))


if __name__ == "__main__":
    main()
