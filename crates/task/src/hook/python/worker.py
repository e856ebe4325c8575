"""The worker: reads requests, runs the task's functions, answers. One JSON document a line, in the order of requests.

A request is {"nonce", "op", ...}; the answer bears the same nonce and either "value" or "error". Requests arrive on the
first standard stream and answers leave on the second one, both of which are put away before any of the task's code
runs, so that print() and input() in a task reach nothing.
"""

import io
import json
import logging
import random
import signal
import threading
import traceback

_SHOWN = 2000
_SEED, _NUMPY_SEED = 0, 1234
# lm-eval's seed of few-shot examples.
_SAMPLER_SEED = 1234


class _Output(io.TextIOBase):
    """What a task prints: the end of it is kept, for messages."""

    def __init__(self):
        self.kept = ""

    def writable(self):
        return True

    def write(self, text):
        self.kept = (self.kept + str(text)[-_SHOWN:])[-_SHOWN:]
        return len(text)

    @property
    def buffer(self):
        return self

    def take(self):
        kept, self.kept = self.kept, ""
        return kept


class _CallProblem(Exception):
    """A problem with a document of a call."""

    def __init__(self, document):
        Exception.__init__(self)
        self.document = document


class Worker:
    def __init__(self, settings):
        self.settings = settings
        self.functions = {}
        self.output = _Output()
        self.folders = tuple(folder.rstrip("/") + "/" for folder in settings["folders"])
        self.operations = {
            "load": self.load,
            "process_docs": self.process_docs,
            "map": self.map,
            "process_results": self.process_results,
            "aggregate": self.aggregate,
            "metric": self.metric,
            "filter": self.filter,
            "samples": self.samples,
            "draw": self.draw,
            "custom_dataset": self.custom_dataset,
        }

    # Functions.

    def function(self, reference):
        """The function that `!function NAME` in a file of FOLDER means: a file beside it, else a module."""
        folder, name = reference["folder"], reference["name"]
        if (folder, name) not in self.functions:
            module_name, _, member = name.rpartition(".")
            if not module_name:
                raise ImportError("`%s` names no module; a function is written `module.function`" % name)
            path = os.path.realpath(os.path.join(folder, module_name.replace(".", "/") + ".py"))
            module = self.file(path) if os.path.isfile(path) else importlib.import_module(module_name)
            if not hasattr(module, member):
                raise AttributeError("`%s` has no `%s`" % (path if os.path.isfile(path) else module_name, member))
            self.functions[(folder, name)] = getattr(module, member)
        return self.functions[(folder, name)]

    def file(self, path):
        root = self.settings.get("tasks_root")
        name = path[:-3]
        if root and path.startswith(root.rstrip("/") + "/"):
            name = "lm_eval.tasks." + os.path.relpath(path, root)[:-3].replace("/", ".")
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    # Operations. Each takes a request and returns the value of the answer.

    def load(self, request):
        problems = []
        for reference in request["functions"]:
            try:
                self.function(reference)
                problems.append(None)
            except BaseException as problem:
                problems.append(self.describe(problem))
        return problems

    def process_docs(self, request):
        rows = Dataset(request["rows"], columns=request.get("columns"), split=request.get("split"))
        made = self.function(request["function"])(rows)
        if isinstance(made, DatasetDict):
            raise TypeError("process_docs gives several splits, and one is needed")
        if made is None:
            raise TypeError("process_docs gives nothing")
        made = made if isinstance(made, Dataset) else Dataset([plain(row) for row in made])
        return {"columns": made.column_names, "rows": made.to_list()}

    def map(self, request):
        function = self.function(request["function"])
        return self.each(request["docs"], lambda place, doc: plain(function(doc)))

    def process_results(self, request):
        function, results = self.function(request["function"]), request["results"]
        if len(results) != len(request["docs"]):
            raise ValueError("%d results for %d documents" % (len(results), len(request["docs"])))

        def one(place, doc):
            made = function(doc, revive(results[place]))
            if not isinstance(made, dict):
                raise TypeError("process_results must return a dictionary of metrics, and returned `%s`" % type(made).__name__)
            return plain(made, marks=True)

        return self.each(request["docs"], one)

    def each(self, docs, function):
        made = []
        for place, doc in enumerate(docs):
            try:
                made.append(function(place, doc))
            except BaseException as problem:
                raise _CallProblem(place) from problem
        return made

    def aggregate(self, request):
        return plain(self.function(request["function"])(revive(request["items"])), marks=True)

    def metric(self, request):
        """A metric of a task's own: by keywords, as the `evaluate` package calls them, else with one list."""
        function = self.function(request["function"])
        reference, prediction = revive(request["reference"]), revive(request["prediction"])
        try:
            made = function(references=[reference], predictions=[prediction], **request.get("settings", {}))
        except TypeError:
            made = function([reference, prediction])
        return plain(made, marks=True)

    def filter(self, request):
        function, settings = self.function(request["function"]), request.get("settings", {})
        responses, docs = request["responses"], request["docs"]
        if request.get("plain_function"):
            made = function(responses, docs)
        else:
            made = function(**settings).apply(responses, docs)
        made = [one if isinstance(one, (str, list, tuple, dict)) or one is None else list(one) for one in made]
        if len(made) != len(docs):
            raise ValueError("the filter gives %d answers for %d documents" % (len(made), len(docs)))
        return plain(made)

    def samples(self, request):
        return [plain(row) for row in self.function(request["function"])()]

    def draw(self, request):
        pool, count = request["pool"], request["count"]
        excluded = request["excluded"] or [None] * request["draws"]
        sampler = self.function(request["function"])(list(pool), rnd=None)
        sampler.set_rnd(_SAMPLER_SEED)
        places = {id(doc): place for place, doc in enumerate(pool)}

        def place_of(doc):
            place = places.get(id(doc))
            if place is None:
                place = next((place for place, other in enumerate(pool) if other == doc), None)
            if place is None:
                raise ValueError("the sampler gives an example that is not among those to choose from")
            return place

        def one(_place, doc):
            drawn = [place_of(example) for example in sampler.sample(n=count, eval_doc=doc)]
            if len(drawn) != count:
                raise ValueError("the sampler gives %d examples, and %d are asked for" % (len(drawn), count))
            return drawn

        return self.each(excluded, one)

    def custom_dataset(self, request):
        splits = self.function(request["function"])(**request.get("settings", {}))
        made = {}
        for name, rows in dict(splits).items():
            rows = rows if isinstance(rows, Dataset) else Dataset([plain(row) for row in rows])
            made[name] = {"columns": rows.column_names, "rows": rows.to_list()}
        return made

    # Requests.

    def describe(self, problem):
        """What went wrong, with the task's own file and line where it has a part in it."""
        document = None
        if isinstance(problem, _CallProblem):
            document, problem = problem.document, problem.__cause__
        try:
            message = _text(str(problem)[:_SHOWN])
        except BaseException:
            message = ""
        if isinstance(problem, KeyError):
            message = "no key %s" % message
        if isinstance(problem, SystemExit):
            message = "the task's code asked Python to exit"
        file, line = None, None
        if isinstance(problem, SyntaxError) and problem.filename:
            file, line = problem.filename, problem.lineno
        else:
            for frame, number in traceback.walk_tb(problem.__traceback__):
                if frame.f_code.co_filename.startswith(self.folders):
                    file, line = frame.f_code.co_filename, number
        return {"type": type(problem).__name__, "message": message, "file": file, "line": line, "document": document,
                "output": _text(self.output.take().strip()[-500:])}

    def answer(self, request):
        """Every request starts from the same random state, so that the order of requests changes no result."""
        random.seed(_SEED)
        if isinstance(getattr(sys.modules.get("numpy"), "random", None), types.ModuleType):
            sys.modules["numpy"].random.seed(_NUMPY_SEED)
        self.output.take()
        reply = {"nonce": request.get("nonce")}
        try:
            operation = self.operations.get(request.get("op"))
            if operation is None:
                raise ValueError("unknown operation")
            reply["value"] = operation(request)
            text = json.dumps(reply, allow_nan=False, separators=(",", ":"))
        except BaseException as problem:
            reply.pop("value", None)
            reply["error"] = self.describe(problem)
            text = json.dumps(reply)
        # Lone surrogates are escaped by json; anything that is not text cannot get here.
        data = text.encode("ascii") + b"\n"
        if len(data) > self.settings["reply_bytes"]:
            reply.pop("value", None)
            reply["error"] = {"type": "TooLarge", "message": "the answer has %d bytes; %d are allowed" % (
                len(data), self.settings["reply_bytes"]), "file": None, "line": None, "document": None, "output": ""}
            data = json.dumps(reply).encode("ascii") + b"\n"
        return data


def _write(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def main():
    settings = json.loads(sys.argv[1])
    sys.argv = [""]
    missing = limit_self(settings["limits"])
    # A private pair of descriptors: the task's own 0 and 1 lead nowhere.
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    hello = {"nonce": settings["nonce"], "value": {"python": sys.version.split()[0], "missing": missing}}
    _write(replies, json.dumps(hello).encode("ascii") + b"\n")
    worker = Worker(settings)
    sys.stdin = sys.__stdin__ = io.StringIO()
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = worker.output
    install_packages(settings.get("tasks_root"), worker.folders)
    write, close = _write, os._exit
    stream = os.fdopen(requests, "rb", buffering=1 << 16)
    for line in stream:
        data = worker.answer(json.loads(line))
        # What a task set going must not go off in the middle of another request.
        signal.setitimer(signal.ITIMER_REAL, 0)
        write(replies, data)
    close(0)


main()
