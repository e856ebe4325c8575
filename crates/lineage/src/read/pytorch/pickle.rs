//! Reads a pickle without running it: the stack machine of protocols 2 to 5, cut down to what weights need.
//!
//! The opcodes are those of CPython's `Lib/pickletools.py`. Nothing is imported, no class is made and no function
//! called: the few globals that mean something stand for data ([`Global`]), and every other one is refused.

use super::value::{Global, Id, Value, Values};
use crate::error::WeightsProblem;
use std::collections::BTreeMap;

const STACK: usize = 4 << 20;
const MEMO: usize = 8 << 20;
/// Of a module with its global, in messages.
const NAME_CHARACTERS: usize = 200;

/// Opcodes, called as in `pickletools.py`.
mod op {
    pub(super) const MARK: u8 = b'(';
    pub(super) const STOP: u8 = b'.';
    pub(super) const POP: u8 = b'0';
    pub(super) const POP_MARK: u8 = b'1';
    pub(super) const DUP: u8 = b'2';
    pub(super) const BINBYTES: u8 = b'B';
    pub(super) const SHORT_BINBYTES: u8 = b'C';
    pub(super) const BINFLOAT: u8 = b'G';
    pub(super) const BININT: u8 = b'J';
    pub(super) const BININT1: u8 = b'K';
    pub(super) const BININT2: u8 = b'M';
    pub(super) const NONE: u8 = b'N';
    pub(super) const BINPERSID: u8 = b'Q';
    pub(super) const REDUCE: u8 = b'R';
    pub(super) const BINSTRING: u8 = b'T';
    pub(super) const SHORT_BINSTRING: u8 = b'U';
    pub(super) const BINUNICODE: u8 = b'X';
    pub(super) const EMPTY_LIST: u8 = b']';
    pub(super) const APPEND: u8 = b'a';
    pub(super) const BUILD: u8 = b'b';
    pub(super) const GLOBAL: u8 = b'c';
    pub(super) const DICT: u8 = b'd';
    pub(super) const APPENDS: u8 = b'e';
    pub(super) const BINGET: u8 = b'h';
    pub(super) const LONG_BINGET: u8 = b'j';
    pub(super) const LIST: u8 = b'l';
    pub(super) const BINPUT: u8 = b'q';
    pub(super) const LONG_BINPUT: u8 = b'r';
    pub(super) const SETITEM: u8 = b's';
    pub(super) const TUPLE: u8 = b't';
    pub(super) const SETITEMS: u8 = b'u';
    pub(super) const EMPTY_DICT: u8 = b'}';
    pub(super) const EMPTY_TUPLE: u8 = b')';
    pub(super) const PROTO: u8 = 0x80;
    pub(super) const TUPLE1: u8 = 0x85;
    pub(super) const TUPLE2: u8 = 0x86;
    pub(super) const TUPLE3: u8 = 0x87;
    pub(super) const NEWTRUE: u8 = 0x88;
    pub(super) const NEWFALSE: u8 = 0x89;
    pub(super) const LONG1: u8 = 0x8A;
    pub(super) const LONG4: u8 = 0x8B;
    pub(super) const SHORT_BINUNICODE: u8 = 0x8C;
    pub(super) const BINUNICODE8: u8 = 0x8D;
    pub(super) const BINBYTES8: u8 = 0x8E;
    pub(super) const EMPTY_SET: u8 = 0x8F;
    pub(super) const ADDITEMS: u8 = 0x90;
    pub(super) const FROZENSET: u8 = 0x91;
    pub(super) const STACK_GLOBAL: u8 = 0x93;
    pub(super) const MEMOIZE: u8 = 0x94;
    pub(super) const FRAME: u8 = 0x95;
    pub(super) const BYTEARRAY8: u8 = 0x96;
}

/// Reads `pickle`: its values, and which of them it is. Fails with the byte of the opcode that is refused.
pub(super) fn read(pickle: &[u8]) -> Result<(Values<'_>, Id), (usize, WeightsProblem)> {
    let mut machine = Machine {
        pickle,
        at: 0,
        values: Values::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
    };
    loop {
        let begin = machine.at;
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => return Ok((machine.values, root)),
            Err(problem) => return Err((begin, problem)),
        }
    }
}

struct Machine<'a> {
    pickle: &'a [u8],
    at: usize,
    values: Values<'a>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// Follows one opcode; what the pickle is, once it says so.
    fn step(&mut self) -> Result<Option<Id>, WeightsProblem> {
        let opcode = self.byte()?;
        match opcode {
            op::STOP => return self.pop().map(Some),
            op::PROTO => self.protocol()?,
            op::FRAME => self.skip(8)?,
            op::MARK => self.mark()?,
            op::POP => self.discard()?,
            op::POP_MARK | op::ADDITEMS => self.since_mark().map(drop)?,
            op::DUP => self.duplicate()?,
            op::NONE | op::NEWTRUE | op::NEWFALSE | op::EMPTY_SET => self.push(Values::other())?,
            op::BINFLOAT => self.bytes(8)?,
            op::SHORT_BINBYTES => self.counted(1).and_then(|count| self.bytes(count))?,
            op::BINBYTES => self.counted(4).and_then(|count| self.bytes(count))?,
            op::BINBYTES8 | op::BYTEARRAY8 => self.counted(8).and_then(|count| self.bytes(count))?,
            op::BININT1 => self.whole(1, false)?,
            op::BININT2 => self.whole(2, false)?,
            op::BININT => self.whole(4, true)?,
            op::LONG1 => self.counted(1).and_then(|count| self.whole(count, true))?,
            op::LONG4 => self.counted(4).and_then(|count| self.whole(count, true))?,
            op::SHORT_BINUNICODE | op::SHORT_BINSTRING => {
                self.counted(1).and_then(|count| self.text(count))?;
            }
            op::BINUNICODE | op::BINSTRING => self.counted(4).and_then(|count| self.text(count))?,
            op::BINUNICODE8 => self.counted(8).and_then(|count| self.text(count))?,
            op::EMPTY_DICT => self.make(Value::Dict(Vec::new()))?,
            op::EMPTY_LIST => self.make(Value::List(Vec::new()))?,
            op::EMPTY_TUPLE => self.make(Value::Tuple(Vec::new()))?,
            op::TUPLE => self.since_mark().and_then(|items| self.make(Value::Tuple(items)))?,
            op::TUPLE1 => self.last(1).and_then(|items| self.make(Value::Tuple(items)))?,
            op::TUPLE2 => self.last(2).and_then(|items| self.make(Value::Tuple(items)))?,
            op::TUPLE3 => self.last(3).and_then(|items| self.make(Value::Tuple(items)))?,
            op::LIST => self.since_mark().and_then(|items| self.make(Value::List(items)))?,
            op::DICT => self.since_mark().and_then(pairs).and_then(|items| self.make(Value::Dict(items)))?,
            op::FROZENSET => self.since_mark().and_then(|_| self.push(Values::other()))?,
            op::APPEND => self.last(1).and_then(|items| self.append(items))?,
            op::APPENDS => self.since_mark().and_then(|items| self.append(items))?,
            op::SETITEM => self.last(2).and_then(pairs).and_then(|items| self.set(items))?,
            op::SETITEMS => self.since_mark().and_then(pairs).and_then(|items| self.set(items))?,
            op::BINPUT => self.counted(1).and_then(|place| self.remember(place))?,
            op::LONG_BINPUT => self.counted(4).and_then(|place| self.remember(place))?,
            op::MEMOIZE => self.remember(self.memo.len())?,
            op::BINGET => self.counted(1).and_then(|place| self.recall(place))?,
            op::LONG_BINGET => self.counted(4).and_then(|place| self.recall(place))?,
            op::GLOBAL => self.global()?,
            op::STACK_GLOBAL => self.stacked_global()?,
            op::REDUCE => self.reduce()?,
            op::BUILD => self.build()?,
            op::BINPERSID => self.storage()?,
            _ => return Err(WeightsProblem::Pickle(format!("the opcode {opcode:#04x}"))),
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Result<(), WeightsProblem> {
        match self.byte()? {
            0..=5 => Ok(()),
            version => Err(WeightsProblem::Unsupported(format!("pickle protocol {version}"))),
        }
    }

    fn byte(&mut self) -> Result<u8, WeightsProblem> {
        let byte = self.pickle.get(self.at).copied().ok_or_else(ends_early)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WeightsProblem> {
        let end = self.at.checked_add(count).ok_or_else(ends_early)?;
        let taken = self.pickle.get(self.at..end).ok_or_else(ends_early)?;
        self.at = end;
        Ok(taken)
    }

    fn skip(&mut self, count: usize) -> Result<(), WeightsProblem> {
        self.take(count).map(drop)
    }

    /// A count or a place in `width` bytes, at most 8.
    fn counted(&mut self, width: usize) -> Result<usize, WeightsProblem> {
        let mut raw = [0; 8];
        for (to, from) in raw.iter_mut().zip(self.take(width)?) {
            *to = *from;
        }
        usize::try_from(u64::from_le_bytes(raw)).map_err(|_| ends_early())
    }

    fn bytes(&mut self, count: usize) -> Result<(), WeightsProblem> {
        self.skip(count)?;
        self.push(Values::other())
    }

    /// A whole number in `width` bytes; wider ones than 64 bits are no length or place.
    fn whole(&mut self, width: usize, is_signed: bool) -> Result<(), WeightsProblem> {
        let taken = self.take(width)?;
        if width > 8 {
            return self.push(Values::other());
        }
        let is_negative = is_signed && taken.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut raw = [if is_negative { 0xFF } else { 0 }; 8];
        for (to, from) in raw.iter_mut().zip(taken) {
            *to = *from;
        }
        self.make(Value::Whole(i64::from_le_bytes(raw)))
    }

    fn text(&mut self, count: usize) -> Result<(), WeightsProblem> {
        // Python writes lone surrogates too; no name has them.
        let text = str::from_utf8(self.take(count)?);
        let text = text.map_err(|_| broken("a text that is not UTF-8"))?;
        self.make(Value::Text(text))
    }

    fn make(&mut self, value: Value<'a>) -> Result<(), WeightsProblem> {
        let id = self.values.add(value)?;
        self.push(id)
    }

    fn push(&mut self, id: Id) -> Result<(), WeightsProblem> {
        if self.stack.len() >= STACK {
            return Err(too_many("values on the stack of a pickle", self.stack.len(), STACK));
        }
        self.stack.push(id);
        Ok(())
    }

    /// The uppermost value; those under a mark are out of reach.
    fn pop(&mut self) -> Result<Id, WeightsProblem> {
        self.top()?;
        self.stack.pop().ok_or_else(empty_stack)
    }

    fn top(&self) -> Result<Id, WeightsProblem> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let reachable = self.stack.get(floor..).and_then(<[Id]>::last);
        reachable.copied().ok_or_else(empty_stack)
    }

    fn mark(&mut self) -> Result<(), WeightsProblem> {
        if self.marks.len() >= STACK {
            return Err(too_many("marks on the stack of a pickle", self.marks.len(), STACK));
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// Drops the uppermost value, or the mark that stands there.
    fn discard(&mut self) -> Result<(), WeightsProblem> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn duplicate(&mut self) -> Result<(), WeightsProblem> {
        self.top().and_then(|id| self.push(id))
    }

    /// All values above the last mark, and no mark any more.
    fn since_mark(&mut self) -> Result<Vec<Id>, WeightsProblem> {
        let floor = self.marks.pop().ok_or_else(empty_stack)?;
        Ok(self.stack.split_off(floor.min(self.stack.len())))
    }

    /// The uppermost `count` values, lowest first.
    fn last(&mut self, count: usize) -> Result<Vec<Id>, WeightsProblem> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let start = self.stack.len().checked_sub(count).filter(|start| *start >= floor);
        Ok(self.stack.split_off(start.ok_or_else(empty_stack)?))
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), WeightsProblem> {
        let list = self.top()?;
        match self.values.get_mut(list) {
            Some(Value::List(list)) => {
                list.extend(items);
                Ok(())
            }
            _ => Err(broken("something is added to what is no list")),
        }
    }

    fn set(&mut self, items: Vec<(Id, Id)>) -> Result<(), WeightsProblem> {
        let dict = self.top()?;
        match self.values.get_mut(dict) {
            Some(Value::Dict(dict)) => {
                dict.extend(items);
                Ok(())
            }
            _ => Err(broken("a key is set in what is no dictionary")),
        }
    }

    fn remember(&mut self, place: usize) -> Result<(), WeightsProblem> {
        if self.memo.len() >= MEMO {
            return Err(too_many("values in the memo of a pickle", self.memo.len(), MEMO));
        }
        let top = self.top()?;
        let place = u32::try_from(place).map_err(|_| broken("no place in the memo"))?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, place: usize) -> Result<(), WeightsProblem> {
        let found = u32::try_from(place).ok().and_then(|place| self.memo.get(&place));
        let found = *found.ok_or_else(|| broken("the memo has no such value"))?;
        self.push(found)
    }

    /// A line without its end.
    fn line(&mut self) -> Result<&'a str, WeightsProblem> {
        let rest = self.pickle.get(self.at..).unwrap_or_default();
        let count = rest.iter().position(|byte| *byte == b'\n').ok_or_else(ends_early)?;
        let line = self.take(count)?;
        self.skip(1)?;
        str::from_utf8(line).map_err(|_| broken("a global that is not UTF-8"))
    }

    fn global(&mut self) -> Result<(), WeightsProblem> {
        let (module, name) = (self.line()?, self.line()?);
        self.named(module, name)
    }

    fn stacked_global(&mut self) -> Result<(), WeightsProblem> {
        let (name, module) = (self.pop()?, self.pop()?);
        match (self.values.get(module), self.values.get(name)) {
            (Value::Text(module), Value::Text(name)) => {
                let (module, name) = (*module, *name);
                self.named(module, name)
            }
            _ => Err(broken("a global without a name")),
        }
    }

    fn named(&mut self, module: &str, name: &str) -> Result<(), WeightsProblem> {
        if let Some(global) = Global::of(module, name) {
            return self.make(Value::Global(global));
        }
        let full: String = module.chars().chain(['.']).chain(name.chars()).take(NAME_CHARACTERS).collect();
        Err(WeightsProblem::Pickle(format!("the global `{}`", full.escape_debug())))
    }

    fn reduce(&mut self) -> Result<(), WeightsProblem> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let result = super::rebuild::call(&mut self.values, function, arguments)?;
        self.push(result)
    }

    /// A dictionary's attributes (`_metadata` of a state dict) are no weights.
    fn build(&mut self) -> Result<(), WeightsProblem> {
        self.pop()?;
        let object = self.top()?;
        match self.values.get(object) {
            Value::Dict(_) => Ok(()),
            _ => Err(WeightsProblem::Pickle("attributes of an object".to_owned())),
        }
    }

    fn storage(&mut self) -> Result<(), WeightsProblem> {
        let description = self.pop()?;
        let storage = super::rebuild::storage(&self.values, description)?;
        self.make(Value::Storage(storage))
    }
}

/// Keys with values, from where they stand in turn.
fn pairs(items: Vec<Id>) -> Result<Vec<(Id, Id)>, WeightsProblem> {
    let mut pairs = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let Some(key) = items.next() {
        let value = items.next().ok_or_else(|| broken("a key without a value"))?;
        pairs.push((key, value));
    }
    Ok(pairs)
}

fn ends_early() -> WeightsProblem {
    broken("the pickle ends early")
}

fn empty_stack() -> WeightsProblem {
    broken("the pickle takes more from its stack than is there")
}

fn broken(what: &str) -> WeightsProblem {
    WeightsProblem::Header(what.to_owned())
}

fn too_many(what: &'static str, count: usize, limit: usize) -> WeightsProblem {
    WeightsProblem::TooMany { what, count: count as u64 + 1, limit: limit as u64 }
}
