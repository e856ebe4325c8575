"""A list-backed stand-in for the `datasets` package: what task code does with a split, without Hugging Face libraries."""

_NO_PACKAGE = "this needs the Hugging Face `datasets` package itself; prepare the data beforehand"


def _alike(values):
    """`values` of one column as a table would hold them: one kind of number, mappings with the same keys."""
    known = [value for value in values if value is not None]
    if not known:
        return values
    if all(type(value) is dict for value in known):
        keys = {}
        for value in known:
            keys.update(dict.fromkeys(value))
        columns = {key: iter(_alike([value.get(key) for value in known])) for key in keys}
        return [None if value is None else {key: next(columns[key]) for key in keys} for value in values]
    if all(type(value) is list for value in known):
        flat = iter(_alike([item for value in known for item in value]))
        return [None if value is None else [next(flat) for _ in value] for value in values]
    kinds = {type(value) for value in known}
    if kinds == {int, float}:
        return [float(value) if type(value) is int else value for value in values]
    return values


def _names(columns):
    return [columns] if isinstance(columns, str) else list(columns or [])


class Value:
    """The type of a column; kept as it was written, and not enforced."""

    def __init__(self, dtype="string", id=None):
        self.dtype = dtype

    def __repr__(self):
        return "Value(%r)" % self.dtype


class ClassLabel:
    def __init__(self, num_classes=None, names=None, names_file=None, id=None):
        self.names = list(names or [str(place) for place in range(num_classes or 0)])
        self.num_classes = len(self.names)
        self.dtype = "int64"

    def str2int(self, text):
        return self.names.index(text) if isinstance(text, str) else [self.names.index(one) for one in text]

    def int2str(self, place):
        return self.names[place] if isinstance(place, int) else [self.names[one] for one in place]


class Sequence:
    """The type of a column of lists; kept as it was written, and not enforced."""

    def __init__(self, feature=None, length=-1, id=None):
        self.feature = feature


class Features(dict):
    """Column names with their types."""


def _feature(values):
    for value in values:
        if value is None:
            continue
        if isinstance(value, list):
            return [_feature(value)]
        if isinstance(value, dict):
            return {key: _feature([item]) for key, item in value.items()}
        return Value({bool: "bool", int: "int64", float: "float64"}.get(type(value), "string"))
    return Value("null")


class Dataset:
    """Rows with the same columns. Reading gives copies, so that task code cannot change the rows by accident."""

    def __init__(self, rows=(), columns=None, split=None, features=None):
        names = dict.fromkeys(columns or ())
        rows = list(rows)
        for row in rows:
            if row.keys() != names.keys():
                names.update(dict.fromkeys(row))
        self._columns = list(names)
        # A name that a row does not have is null there, as in a table.
        self._rows = [{name: row.get(name) for name in self._columns} for row in rows]
        self._features = dict(features or {})
        self.split = split

    def _like(self, rows, columns=None):
        made = Dataset.__new__(Dataset)
        made._rows = rows
        made._columns = list(self._columns if columns is None else columns)
        made._features = {name: kind for name, kind in self._features.items() if name in made._columns}
        made.split = self.split
        return made

    @classmethod
    def from_list(cls, mapping, features=None, info=None, split=None):
        return cls([plain(row) for row in mapping], split=split, features=features)

    @classmethod
    def from_pandas(cls, df, features=None, info=None, split=None, preserve_index=None):
        return cls.from_list(df.to_dict("records"), features=features, split=split)

    @classmethod
    def from_dict(cls, mapping, features=None, info=None, split=None):
        columns = {name: plain(list(values)) for name, values in mapping.items()}
        if len({len(values) for values in columns.values()}) > 1:
            raise ValueError("columns of different lengths")
        count = len(next(iter(columns.values()), []))
        rows = [{name: values[place] for name, values in columns.items()} for place in range(count)]
        return cls(rows, columns=columns, split=split, features=features)

    @classmethod
    def from_generator(cls, generator, features=None, gen_kwargs=None, split=None, **_ignored):
        return cls.from_list(list(generator(**(gen_kwargs or {}))), features=features, split=split)

    def __len__(self):
        return len(self._rows)

    def __iter__(self):
        return (copied(row) for row in self._rows)

    def iter(self, batch_size, drop_last_batch=False):
        for start in range(0, len(self._rows), batch_size):
            batch = self[start : start + batch_size]
            if not drop_last_batch or start + batch_size <= len(self._rows):
                yield batch

    def __getitem__(self, key):
        if isinstance(key, str):
            if key not in self._columns:
                raise KeyError("Column %s not in the dataset. Current columns in the dataset: %s" % (key, self._columns))
            return [copied(row[key]) for row in self._rows]
        if isinstance(key, slice):
            return self._batch(self._rows[key])
        if hasattr(key, "__index__"):
            place = key.__index__()
            if not -len(self._rows) <= place < len(self._rows):
                raise IndexError("Index %d out of range for dataset of size %d." % (place, len(self._rows)))
            return copied(self._rows[place])
        return self._batch([self._rows[place] for place in key])

    def _batch(self, rows):
        return {name: [copied(row[name]) for row in rows] for name in self._columns}

    @property
    def column_names(self):
        return list(self._columns)

    @property
    def features(self):
        kinds = {name: _feature(row[name] for row in self._rows) for name in self._columns}
        kinds.update(self._features)
        return Features(kinds)

    @property
    def num_rows(self):
        return len(self._rows)

    @property
    def num_columns(self):
        return len(self._columns)

    @property
    def shape(self):
        return (len(self._rows), len(self._columns))

    def __repr__(self):
        return "Dataset({features: %r, num_rows: %d})" % (self._columns, len(self._rows))

    def to_list(self):
        return [copied(row) for row in self._rows]

    def to_dict(self, batch_size=None):
        return self._batch(self._rows)

    def _check(self, columns):
        absent = [name for name in columns if name not in self._columns]
        if absent:
            raise ValueError("Column name %s not in the dataset. Current columns in the dataset: %s" % (absent, self._columns))

    def _arguments(self, example, place, with_indices, with_rank, input_columns):
        arguments = [example[name] for name in _names(input_columns)] if input_columns else [example]
        return arguments + ([place] if with_indices else []) + ([0] if with_rank else [])

    def map(self, function=None, with_indices=False, with_rank=False, input_columns=None, batched=False,
            batch_size=1000, drop_last_batch=False, remove_columns=None, features=None, fn_kwargs=None, **_ignored):
        """Each row with what `function` gives for it put over it. How the work is shared out and cached is ignored."""
        removed = set(_names(remove_columns))
        self._check(removed)
        function = function or (lambda example: example)
        extra = fn_kwargs or {}
        kept = [name for name in self._columns if name not in removed]
        rows, changed = [], {}
        if batched:
            size = batch_size if batch_size and batch_size > 0 else max(len(self._rows), 1)
            for start in range(0, len(self._rows), size):
                some = self._rows[start : start + size]
                if drop_last_batch and len(some) < size:
                    continue
                places = list(range(start, start + len(some)))
                given = function(*self._arguments(self._batch(some), places, with_indices, with_rank, input_columns), **extra)
                if given is None:
                    rows.extend(some)
                    continue
                given = {name: plain(list(values)) for name, values in dict(given).items()}
                changed.update(dict.fromkeys(given))
                columns = {name: [row[name] for row in some] for name in kept}
                columns.update(given)
                if len({len(values) for values in columns.values()}) > 1:
                    raise ValueError("map: the function returns columns of another length than the batch; name the old ones in `remove_columns`")
                for place in range(len(next(iter(columns.values()), []))):
                    rows.append({name: values[place] for name, values in columns.items()})
        else:
            for place, row in enumerate(self._rows):
                given = function(*self._arguments(copied(row), place, with_indices, with_rank, input_columns), **extra)
                if given is None:
                    rows.append({name: row[name] for name in kept} if removed else row)
                    continue
                if not isinstance(given, dict):
                    raise TypeError("map: the function must return a dictionary, and returned `%s`" % type(given).__name__)
                given = plain(given)
                changed.update(dict.fromkeys(given))
                made = {name: row[name] for name in kept}
                made.update(given)
                rows.append(made)
        made = Dataset(rows, columns=kept + [name for name in changed if name not in kept], split=self.split, features=features)
        for name in changed:
            for row, value in zip(made._rows, _alike([row[name] for row in made._rows])):
                row[name] = value
        return made

    def filter(self, function=None, with_indices=False, with_rank=False, input_columns=None, batched=False,
               batch_size=1000, fn_kwargs=None, **_ignored):
        extra = fn_kwargs or {}
        if function is None:
            return self._like(self._rows)
        if not batched:
            keep = lambda place, row: function(
                *self._arguments(copied(row), place, with_indices, with_rank, input_columns), **extra)
            return self._like([row for place, row in enumerate(self._rows) if keep(place, row)])
        rows, size = [], batch_size if batch_size and batch_size > 0 else max(len(self._rows), 1)
        for start in range(0, len(self._rows), size):
            some = self._rows[start : start + size]
            places = list(range(start, start + len(some)))
            flags = function(*self._arguments(self._batch(some), places, with_indices, with_rank, input_columns), **extra)
            rows.extend(row for row, flag in zip(some, flags) if flag)
        return self._like(rows)

    def select(self, indices, **_ignored):
        return self._like([self._rows[place] for place in indices])

    def take(self, n):
        return self._like(self._rows[:n])

    def skip(self, n):
        return self._like(self._rows[n:])

    def shard(self, num_shards, index, contiguous=True, **_ignored):
        if not contiguous:
            return self._like(self._rows[index::num_shards])
        each, more = divmod(len(self._rows), num_shards)
        start = each * index + min(index, more)
        return self._like(self._rows[start : start + each + (1 if index < more else 0)])

    def shuffle(self, seed=None, generator=None, **_ignored):
        """The order that NumPy's generator gives; refused where NumPy is missing, since another order is another task."""
        if generator is None:
            if seed is None:
                raise ValueError("shuffle() without a seed gives another order each time; name a seed")
            import numpy

            if isinstance(numpy, MissingModule):
                raise ImportError("shuffle(seed) needs the Python package `numpy`, which is not installed")
            generator = numpy.random.default_rng(seed)
        return self._like([self._rows[int(place)] for place in generator.permutation(len(self._rows))])

    def sort(self, column_names, reverse=False, **_ignored):
        names = _names(column_names)
        self._check(names)
        flags = [reverse] * len(names) if isinstance(reverse, bool) else list(reverse)
        rows = list(self._rows)
        for name, flag in reversed(list(zip(names, flags))):
            known = sorted((row for row in rows if row[name] is not None), key=lambda row: row[name], reverse=flag)
            rows = known + [row for row in rows if row[name] is None]
        return self._like(rows)

    def unique(self, column):
        self._check([column])
        found = []
        for row in self._rows:
            if row[column] not in found:
                found.append(row[column])
        return found

    def rename_columns(self, column_mapping, **_ignored):
        self._check(column_mapping)
        names = [column_mapping.get(name, name) for name in self._columns]
        if len(set(names)) != len(names):
            raise ValueError("rename_columns: two columns would have the same name")
        rows = [{column_mapping.get(name, name): value for name, value in row.items()} for row in self._rows]
        return self._like(rows, names)

    def rename_column(self, original_column_name, new_column_name, **_ignored):
        return self.rename_columns({original_column_name: new_column_name})

    def select_columns(self, column_names, **_ignored):
        names = _names(column_names)
        self._check(names)
        return self._like([{name: row[name] for name in names} for row in self._rows], names)

    def remove_columns(self, column_names, **_ignored):
        names = set(_names(column_names))
        self._check(names)
        return self.select_columns([name for name in self._columns if name not in names])

    def add_column(self, name, column, **_ignored):
        values = plain(list(column))
        if len(values) != len(self._rows):
            raise ValueError("add_column: %d values for %d rows" % (len(values), len(self._rows)))
        rows = [{**row, name: value} for row, value in zip(self._rows, values)]
        return self._like(rows, self._columns + [name])

    def add_item(self, item, **_ignored):
        return Dataset(self._rows + [plain(item)], columns=self._columns, split=self.split)

    def _same(self, *_arguments, **_ignored):
        return self

    cast = cast_column = flatten_indices = with_format = set_format = reset_format = with_transform = _same
    to_iterable_dataset = prefetch = _same

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError("`Dataset.%s` is not available to tasks here; %s" % (name, _NO_PACKAGE))


class DatasetDict(dict):
    """Splits by name; what a split can do is done to all of them."""

    def _each(self, method, *arguments, **settings):
        return DatasetDict({name: getattr(split, method)(*arguments, **settings) for name, split in self.items()})

    def __getattr__(self, name):
        if name in ("map", "filter", "shuffle", "sort", "select", "rename_column", "rename_columns", "remove_columns",
                    "select_columns", "cast", "cast_column", "with_format", "flatten_indices"):
            return lambda *arguments, **settings: self._each(name, *arguments, **settings)
        if name == "column_names":
            return {split: rows.column_names for split, rows in self.items()}
        if name == "num_rows":
            return {split: rows.num_rows for split, rows in self.items()}
        raise AttributeError(name)


def concatenate_datasets(dsets, info=None, split=None, axis=0):
    dsets = list(dsets)
    if axis == 1:
        rows = [{} for _ in range(len(dsets[0]))] if dsets else []
        for each in dsets:
            for row, more in zip(rows, each._rows):
                row.update(more)
        return Dataset(rows, split=split)
    return Dataset([row for each in dsets for row in each._rows], split=split)


def _no_network(*_arguments, **_settings):
    raise RuntimeError("a task's own code has no network and loads no data sets; " + _NO_PACKAGE)


