//! Whose a face is, by its neighbours: the rule of api/jobs-ml.md section 6.3. Pure; one face after the other, each seeing what was
//! decided before, so the same faces in the same order give the same people.

use std::collections::{BTreeMap, BTreeSet};

use edge_store::face_vectors::recognize::{Outcome, Person, State, Waiting};

/// Neighbours of a face that are looked at: enough for `minFaces` of them and the nearest that has a person.
pub const NEAREST: usize = 64;

/// A face and how far it is from the one that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// Face id.
    pub id: String,
    /// Cosine distance.
    pub distance: f64,
}

/// What is configured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Faces further apart than this are of different people.
    pub most_distance: f64,
    /// So many faces next to each other make a person.
    pub least_faces: usize,
}

/// Decides about faces in their order. `near`: for each of them the nearest, itself included, the nearest first, all within the
/// distance. `states`: what is known of all of these.
pub fn decide(
    waiting: &[Waiting],
    near: &[Vec<Near>],
    states: BTreeMap<String, State>,
    rules: Rules,
    new_id: impl FnMut() -> String,
) -> Outcome {
    let mut deciding = Deciding {
        own: waiting.iter().map(|face| face.id.as_str()).collect(),
        states,
        rules,
        new_id,
        outcome: Outcome::default(),
        again: BTreeSet::new(),
        nobodys: BTreeSet::new(),
    };
    for (face, near) in waiting.iter().zip(near) {
        deciding.face(face, near);
    }
    let mut outcome = deciding.outcome;
    outcome.again = deciding.again.into_iter().collect();
    outcome.nobodys = deciding.nobodys.into_iter().collect();
    outcome
}

/// What is known while faces are decided about.
struct Deciding<'a, F> {
    own: BTreeSet<&'a str>,
    states: BTreeMap<String, State>,
    rules: Rules,
    new_id: F,
    outcome: Outcome,
    again: BTreeSet<String>,
    nobodys: BTreeSet<String>,
}

impl<F: FnMut() -> String> Deciding<'_, F> {
    fn face(&mut self, face: &Waiting, near: &[Near]) {
        if face.is_settled {
            self.outcome.settled.push(face.id.clone());
            return;
        }
        let day = day(face.taken_at);
        let there: Vec<(&str, &State)> = near
            .iter()
            .filter_map(|near| self.states.get_key_value(&near.id))
            .filter(|(_, state)| is_possible(state, &day))
            .map(|(id, state)| (id.as_str(), state))
            .collect();
        if !face.is_second {
            let waits_no_more = |(id, state): &&(&str, &State)| {
                let is_nobodys = state.person.is_none() && !state.is_foreign;
                is_nobodys && !state.is_waiting && !self.own.contains(id)
            };
            let given_up = there.iter().filter(waits_no_more);
            self.again.extend(given_up.map(|(id, _)| (*id).to_owned()));
        }
        let least = self.rules.least_faces;
        let neighbours = there.get(..least).unwrap_or(&there);
        if least > 1 && neighbours.len() <= 1 {
            self.outcome.settled.push(face.id.clone());
            return;
        }
        let is_core = neighbours.len() >= least && face.is_on_timeline;
        if !is_core && !face.is_second {
            self.outcome.deferred.push(face.id.clone());
            return;
        }
        // The first neighbour with a person, or the nearest face of anybody: they are in one order.
        let person = there.iter().find_map(|(_, state)| state.person.clone());
        // Whom other members of the cluster group know: where nobody of the owner's is near, that is somebody, too.
        let kin = there.iter().find_map(|(_, state)| state.kin.clone());
        let former = former(neighbours, &day);
        let person = match (person, is_core || kin.is_some()) {
            (Some(person), _) => person,
            (None, begins) => {
                let around = there.iter().map(|(id, _)| (*id).to_owned());
                self.nobodys.extend(around);
                if !begins {
                    return self.outcome.settled.push(face.id.clone());
                }
                former.unwrap_or_else(|| self.new_person(face))
            }
        };
        if let Some(kin) = kin {
            self.relate(&person, kin);
        }
        self.give(face, person);
    }

    /// A person of another member is the same as this one of the owner. One at a time: others follow with the next faces.
    fn relate(&mut self, person: &Person, kin: String) {
        let mut known = self.outcome.kin.iter();
        if known.any(|(own, _)| *own == person.id) {
            return;
        }
        for state in self.states.values_mut() {
            if state.kin.take_if(|other| *other == kin).is_some() {
                state.person = Some(person.clone());
            }
        }
        self.outcome.kin.push((person.id.clone(), kin));
    }

    fn new_person(&mut self, face: &Waiting) -> Person {
        let id = (self.new_id)();
        self.outcome.people.push((id.clone(), face.id.clone()));
        Person {
            id,
            birth_date: None,
        }
    }

    fn give(&mut self, face: &Waiting, person: Person) {
        let pair = (face.id.clone(), person.id.clone());
        self.outcome.assigned.push(pair);
        for state in self.states.values_mut() {
            // Theirs again: another group cannot become the same person by having been so.
            state.former.take_if(|former| former.id == person.id);
        }
        if let Some(state) = self.states.get_mut(&face.id) {
            state.person = Some(person);
        }
    }
}

/// Whether a face counts as a neighbour of one on a photo of this day.
fn is_possible(state: &State, day: &str) -> bool {
    let person = state.person.as_ref();
    !state.is_gone && person.is_none_or(|person| born(person, day))
}

/// Whose most of these faces were before everything was sorted anew; of equally many the smallest id.
fn former(faces: &[(&str, &State)], day: &str) -> Option<Person> {
    let mut votes: BTreeMap<&str, (usize, &Person)> = BTreeMap::new();
    for (_, state) in faces {
        if let Some(person) = state.former.as_ref().filter(|person| born(person, day)) {
            votes.entry(&person.id).or_insert((0, person)).0 += 1;
        }
    }
    let mut best: Option<(usize, &Person)> = None;
    for (count, person) in votes.into_values() {
        if best.is_none_or(|(most, _)| count > most) {
            best = Some((count, person));
        }
    }
    best.map(|(_, person)| person.clone())
}

/// Whether a person can be on a photo of this day, `YYYY-MM-DD`.
fn born(person: &Person, day: &str) -> bool {
    person
        .birth_date
        .as_deref()
        .is_none_or(|birth| birth <= day)
}

/// The day of a time in epoch ms, `YYYY-MM-DD` (UTC).
fn day(time: i64) -> String {
    // Days to years and months (Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
    let days = time.div_euclid(86_400_000) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
