//! What conversations cost a day, in tokens: nobody begins one that could pass the day's cap.

use super::{Piece, Pieces, TalkError};
use daepyo_core::{Date, GenerateParams, Message};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A chat template puts about so many tokens around each message and around the whole.
const AROUND_TOKENS: u64 = 16;

/// The tokens of a text, guessed from its characters for servers that do not tell: four of ASCII a token, one of any
/// other script. Tokenizers that know Korean make fewer, so that a guess costs rather too much than too little.
pub fn estimated_tokens(text: &str) -> u64 {
    let (mut ascii, mut other) = (0_u64, 0_u64);
    for character in text.chars() {
        *(if character.is_ascii() { &mut ascii } else { &mut other }) += 1;
    }
    ascii.div_ceil(4) + other
}

/// Counts tokens a day, over all candidates, and refuses conversations that could pass the cap.
///
/// A conversation under way counts with the most that it may take, so that many at once pass the cap no more than one.
#[derive(Debug)]
pub struct DailyMeter {
    cap_tokens: u64,
    days: Mutex<BTreeMap<Date, Spent>>,
}

/// What one day has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens of conversations that ended or were left.
    pub tokens: u64,
    /// The most that conversations under way may still take.
    pub promised_tokens: u64,
}

/// The day's cap admits no further conversation of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("talk::cap_reached: the day's {cap_tokens} tokens are used up")]
pub struct CapReached {
    /// The cap of the day.
    pub cap_tokens: u64,
}

impl DailyMeter {
    /// A meter with this cap and nothing spent.
    pub fn new(cap_tokens: u64) -> Self {
        Self { cap_tokens, days: Mutex::new(BTreeMap::new()) }
    }

    /// Adds tokens that were spent before this meter was made, such as before a restart.
    pub fn add(&self, day: Date, tokens: u64) {
        let mut days = self.days();
        let spent = days.entry(day).or_default();
        spent.tokens = spent.tokens.saturating_add(tokens);
    }

    /// What a day has cost so far.
    pub fn spent(&self, day: Date) -> Spent {
        self.days().get(&day).copied().unwrap_or_default()
    }

    /// An entry for one conversation, which counts for `day` however long it takes.
    ///
    /// # Errors
    /// Where the most that it may take, with all that was spent and promised, would pass the cap.
    pub fn open(
        self: &Arc<Self>,
        day: Date,
        messages: &[Message],
        params: &GenerateParams,
    ) -> Result<Entry, CapReached> {
        let texts = messages.iter().map(|message| estimated_tokens(&message.content) + AROUND_TOKENS);
        let prompt_tokens = texts.fold(AROUND_TOKENS, u64::saturating_add);
        let promised_tokens = prompt_tokens.saturating_add(u64::from(params.max_tokens));
        let mut days = self.days();
        let spent = days.entry(day).or_default();
        let after = spent.tokens.saturating_add(spent.promised_tokens).saturating_add(promised_tokens);
        if after > self.cap_tokens {
            return Err(CapReached { cap_tokens: self.cap_tokens });
        }
        spent.promised_tokens += promised_tokens;
        drop(days);
        let meter = Arc::clone(self);
        Ok(Entry {
            meter,
            day,
            promised_tokens,
            prompt_tokens,
            written_tokens: 0,
            thought_chars: 0,
            told: None,
            is_begun: false,
        })
    }

    fn days(&self) -> MutexGuard<'_, BTreeMap<Date, Spent>> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One conversation's entry; dropping it settles what it took.
#[derive(Debug)]
pub struct Entry {
    meter: Arc<DailyMeter>,
    day: Date,
    promised_tokens: u64,
    /// Guessed.
    prompt_tokens: u64,
    /// Guessed.
    written_tokens: u64,
    thought_chars: u64,
    told: Option<u64>,
    is_begun: bool,
}

impl Entry {
    /// The same pieces, counted. An answer that is left midway counts with what was read of it.
    #[must_use]
    pub fn follow(self, pieces: Pieces) -> Pieces {
        Pieces::new(futures_util::stream::unfold((self, pieces), |(mut entry, mut pieces)| async move {
            entry.is_begun = true;
            let piece = pieces.next().await?;
            entry.note(&piece);
            Some((piece, (entry, pieces)))
        }))
    }

    fn note(&mut self, piece: &Result<Piece, TalkError>) {
        match piece {
            Ok(Piece::Text(text)) => self.written_tokens += estimated_tokens(text),
            Ok(Piece::Thought { chars }) => self.thought_chars += chars,
            Ok(Piece::End(end)) => {
                let prompt = end.prompt_tokens.map_or(self.prompt_tokens, u64::from);
                let written = end.completion_tokens.map_or_else(|| self.written(), u64::from);
                self.told = Some(prompt.saturating_add(written));
            }
            // What is refused is not evaluated.
            Err(TalkError::Unreachable { .. } | TalkError::Status { .. } | TalkError::NotRecorded)
                if self.written() == 0 =>
            {
                self.told = Some(0);
            }
            Err(_) => {}
        }
    }

    fn written(&self) -> u64 {
        // Its script is not known: between that of ASCII and that of Korean.
        self.written_tokens.saturating_add(self.thought_chars.div_ceil(2))
    }

    fn taken(&self) -> u64 {
        match self.told {
            Some(tokens) => tokens,
            None if self.is_begun => self.prompt_tokens.saturating_add(self.written()),
            None => 0,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let taken = self.taken();
        let mut days = self.meter.days();
        let spent = days.entry(self.day).or_default();
        spent.promised_tokens = spent.promised_tokens.saturating_sub(self.promised_tokens);
        spent.tokens = spent.tokens.saturating_add(taken);
    }
}
