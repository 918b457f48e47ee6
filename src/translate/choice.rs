//! Which engine a text goes to: the first of its route that can do the pair, is well, and has not failed on this very text;
//! and when the next one is asked as well.
//!
//! ```text
//!   asked ──────────── half of the time left ─────── half of what is left ── … ── deadline: the original goes out
//!     first engine alone       and the second one           and the third
//! ```

use super::cache::{self, Cached};
use super::engine::EngineId;
use super::flight::Flight;
use super::pairs::Pair;
use super::{FlightKey, Outcome, Translator, Turn};
use crate::tools::known::known;
use crate::vocabulary::Millis;

impl Translator {
    /// The engine to ask next for a text, other than those that were `tried`.
    pub(super) fn choose(&self, turn: &Turn<'_>, key: &cache::Key, tried: &[EngineId]) -> Option<EngineId> {
        let pair = (key.from, key.to);
        let takes =
            |id: &EngineId| !tried.contains(id) && self.engines[*id].takes(turn.now, turn.config, pair);
        let mut open = self.routes.of(pair).iter().copied().filter(takes);
        let first = open.next()?;
        let rank = |id: &EngineId| {
            let engine = &self.engines[*id];
            (engine.has_failed_on(key), !engine.health.is_well(turn.now))
        };
        let best = std::iter::once(first).chain(open).min_by_key(rank)?;
        // What one could not do goes to another only if that is not known to fail as well.
        (tried.is_empty() || !self.engines[best].has_failed_on(key)).then_some(best)
    }

    /// What is remembered of a text, unless a better engine than the one that wrote it is well again.
    pub(super) fn remembered(&mut self, turn: &Turn<'_>, key: &cache::Key) -> Option<Cached> {
        let cached = self.cache.get(turn.now, key)?.clone();
        let better = self.routes.of((key.from, key.to)).iter().map(|id| &self.engines[*id]);
        let mut better = better.take_while(|engine| engine.name != cached.by);
        let would_be_asked = better.any(|engine| {
            engine.health.is_well(turn.now)
                && engine.takes(turn.now, turn.config, (key.from, key.to))
                && !engine.has_failed_on(key)
        });
        (!would_be_asked).then_some(cached)
    }

    /// Better engines than the one chosen are away. Whoever has just started one does not want to wait for the next look.
    pub(super) fn look_for_better(&mut self, turn: &mut Turn<'_>, pair: Pair, chosen: EngineId) {
        let route = self.routes.of(pair).iter().copied();
        let better: Vec<EngineId> = route.take_while(|id| *id != chosen).collect();
        for id in better {
            if self.engines[id].health.may_look_early(turn.now) {
                self.probe(turn, id);
            }
        }
    }

    /// Has one more engine asked.
    pub(super) fn begin_attempt(&mut self, turn: &Turn<'_>, key: FlightKey, id: EngineId) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        let engine = &mut self.engines[id];
        flight.begin(id, engine.format.modes(turn.config));
        engine.queue.push_back(flight.line, flight.group, key);
        self.plan_next(turn.now, key);
    }

    /// Sets when one more engine is asked as well: after half of the time that is left, if there may be one.
    fn plan_next(&mut self, now: Millis, key: FlightKey) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        if let Some(planned) = flight.next_engine_at.take() {
            self.next_engines.remove(&planned);
        }
        let route = self.routes.of((flight.key.from, flight.key.to));
        let left = flight.deadline.0.saturating_sub(now.0);
        if left < 2 || route.iter().all(|id| flight.tried.contains(id)) {
            return;
        }
        self.count += 1;
        let planned = (now + Millis(left / 2), self.count);
        flight.next_engine_at = Some(planned);
        self.next_engines.insert(planned, key);
    }

    /// Those who wait have waited long enough for the engines asked so far.
    pub(super) fn ask_next_engines(&mut self, turn: &Turn<'_>) {
        while let Some(entry) = self.next_engines.first_entry().filter(|entry| entry.key().0 <= turn.now) {
            let key = entry.remove();
            let Some(flight) = known(self.flights.get_mut(key)) else { continue };
            flight.next_engine_at = None;
            let (text, tried) = (flight.key.clone(), flight.tried.clone());
            match self.choose(turn, &text, &tried) {
                Some(id) => self.begin_attempt(turn, key, id),
                None => self.plan_next(turn.now, key),
            }
        }
    }

    /// Nobody waits for an engine that is loading, or wants not to be asked, while another one is well.
    pub(super) fn ask_beside_unwell(&mut self, turn: &Turn<'_>) {
        let is_stuck = |id: EngineId| {
            let engine = &self.engines[id];
            engine.queue.len() > 0 && !engine.health.is_well(turn.now)
        };
        if self.engines.len() < 2 || !(0..self.engines.len()).any(is_stuck) {
            return;
        }
        let waits = |(_, flight): &(FlightKey, &Flight)| {
            flight.attempts.iter().all(|attempt| attempt.job.is_none() && is_stuck(attempt.engine))
        };
        let waiting: Vec<FlightKey> = self.flights.iter().filter(waits).map(|(key, _)| key).collect();
        for key in waiting {
            let Some(flight) = known(self.flights.get(key)) else { continue };
            let next = self.choose(turn, &flight.key, &flight.tried);
            if let Some(id) = next.filter(|id| self.engines[*id].health.is_well(turn.now)) {
                self.begin_attempt(turn, key, id);
            }
        }
    }

    /// An engine has failed at a text: the next one is asked, if none is at it and there is one.
    pub(super) fn fail_attempt(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId, again: bool) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        if let Some((text, detected)) = flight.complete_with_held(id) {
            self.count_missed(id);
            return self.done(turn, key, id, text, detected);
        }
        flight.again |= again;
        self.engines[id].stats.failed += 1;
        flight.attempts.retain(|attempt| attempt.engine != id);
        self.engines[id].queue.remove(flight.line, flight.group, key);
        self.resting.retain(|_, resting| *resting != (key, id));
        if !flight.attempts.is_empty() {
            return;
        }
        let (text, tried) = (flight.key.clone(), flight.tried.clone());
        let failed = Outcome::Failed { again: flight.again, check: flight.check };
        match self.choose(turn, &text, &tried) {
            Some(next) => self.begin_attempt(turn, key, next),
            None => self.end_flight(turn, key, &failed),
        }
    }
}
