//! Faces around each other, and whose they become.
use super::*;

const RULES: Rules = Rules {
    most_distance: 0.5,
    least_faces: 3,
};

fn face(id: &str) -> Waiting {
    Waiting {
        id: id.to_owned(),
        code: String::new(),
        is_second: false,
        is_settled: false,
        is_on_timeline: true,
        taken_at: 1_000_000_000_000,
    }
}

fn near(ids: &[&str]) -> Vec<Near> {
    let near = ids.iter().zip(0_u8..).map(|(id, nth)| Near {
        id: (*id).to_owned(),
        distance: f64::from(nth) / 100.0,
    });
    near.collect()
}

fn person(id: &str, birth_date: Option<&str>) -> Person {
    Person {
        id: id.to_owned(),
        birth_date: birth_date.map(str::to_owned),
    }
}

fn states(ids: &[&str]) -> BTreeMap<String, State> {
    let waiting = State {
        is_waiting: true,
        ..State::default()
    };
    ids.iter()
        .map(|id| ((*id).to_owned(), waiting.clone()))
        .collect()
}

fn decided(waiting: &[Waiting], around: &[&[&str]], states: BTreeMap<String, State>) -> Outcome {
    let around: Vec<_> = around.iter().map(|ids| near(ids)).collect();
    let mut next = 0;
    decide(waiting, &around, states, RULES, || {
        next += 1;
        format!("new{next}")
    })
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect()
}

#[test]
fn three_faces_next_to_each_other_become_a_person() {
    let waiting = ["a", "b", "c"].map(face);
    let outcome = decided(
        &waiting,
        &[&["a", "b", "c"], &["b", "a", "c"], &["c", "b", "a"]],
        states(&["a", "b", "c"]),
    );
    assert_eq!(pairs(&outcome.people), [("new1", "a")]);
    assert_eq!(
        pairs(&outcome.assigned),
        [("a", "new1"), ("b", "new1"), ("c", "new1")]
    );
    assert_eq!(outcome.deferred, [] as [&str; 0]);
    assert_eq!(outcome.nobodys, ["a", "b", "c"]);
}

#[test]
fn a_face_alone_is_left_and_two_wait_once_more() {
    let outcome = decided(
        &["a", "b", "c"].map(face),
        &[&["a"], &["b", "c"], &["c", "b"]],
        states(&["a", "b", "c"]),
    );
    assert_eq!(outcome.settled, ["a"]);
    assert_eq!(outcome.deferred, ["b", "c"]);
    let second = ["b", "c"].map(|id| Waiting {
        is_second: true,
        ..face(id)
    });
    let outcome = decided(&second, &[&["b", "c"], &["c", "b"]], states(&["b", "c"]));
    assert_eq!(outcome.settled, ["b", "c"], "two are no person");
    assert_eq!(outcome.nobodys, ["b", "c"]);
}

#[test]
fn whoever_is_next_to_a_face_of_a_person_is_that_person() {
    let mut states = states(&["a", "b", "c", "d"]);
    if let Some(state) = states.get_mut("d") {
        state.person = Some(person("anna", None));
    }
    let second = Waiting {
        is_second: true,
        ..face("a")
    };
    let outcome = decided(&[second], &[&["a", "d"]], states.clone());
    assert_eq!(pairs(&outcome.assigned), [("a", "anna")]);
    // Also the fourth, which is no neighbour but the nearest with a person.
    let outcome = decided(&[face("a")], &[&["a", "b", "c", "d"]], states.clone());
    assert_eq!(pairs(&outcome.assigned), [("a", "anna")]);
    // A photo that is not on the timeline makes nobody, and waits first.
    let archived = Waiting {
        is_on_timeline: false,
        ..face("a")
    };
    let outcome = decided(&[archived], &[&["a", "b", "c"]], states);
    assert_eq!(outcome.deferred, ["a"]);
}

#[test]
fn nobody_is_on_photos_before_their_birth_and_what_is_gone_counts_for_nothing() {
    let mut states = states(&["a", "b", "c"]);
    if let Some(state) = states.get_mut("b") {
        state.person = Some(person("child", Some("2001-09-10")));
    }
    // 2001-09-09 in UTC.
    let outcome = decided(&[face("a")], &[&["a", "b", "c"]], states.clone());
    assert_eq!(outcome.deferred, ["a"]);
    if let Some(state) = states.get_mut("b") {
        state.person = Some(person("child", Some("2001-09-09")));
    }
    let outcome = decided(&[face("a")], &[&["a", "b", "c"]], states.clone());
    assert_eq!(pairs(&outcome.assigned), [("a", "child")]);
    if let Some(state) = states.get_mut("b") {
        state.is_gone = true;
    }
    let outcome = decided(&[face("a")], &[&["a", "b", "c"]], states);
    assert_eq!(outcome.deferred, ["a"]);
}

#[test]
fn faces_that_were_given_up_wait_again_when_a_new_one_comes_near() {
    let mut states = states(&["a", "b"]);
    if let Some(state) = states.get_mut("b") {
        state.is_waiting = false;
    }
    let outcome = decided(&[face("a")], &[&["a", "b"]], states.clone());
    assert_eq!(
        (outcome.deferred, outcome.again),
        (vec!["a".to_owned()], vec!["b".to_owned()])
    );
    let second = Waiting {
        is_second: true,
        ..face("a")
    };
    assert_eq!(
        decided(&[second], &[&["a", "b"]], states).again,
        [] as [&str; 0]
    );
}

#[test]
fn sorted_anew_people_are_whom_most_of_their_faces_were() {
    let mut states = states(&["a", "b", "c", "d", "e", "f"]);
    for (face, former) in [("a", "ben"), ("b", "anna"), ("c", "anna"), ("d", "anna")] {
        if let Some(state) = states.get_mut(face) {
            state.former = Some(person(former, None));
        }
    }
    let outcome = decided(
        &["a", "d"].map(face),
        &[&["a", "b", "c"], &["d", "e", "f"]],
        states,
    );
    assert_eq!(
        pairs(&outcome.assigned),
        [("a", "anna"), ("d", "new1")],
        "a second group is somebody else"
    );
}

#[test]
fn days_are_those_of_the_calendar() {
    assert_eq!(day(0), "1970-01-01");
    assert_eq!(day(-1), "1969-12-31");
    assert_eq!(day(951_782_400_000), "2000-02-29");
    assert_eq!(day(1_000_000_000_000), "2001-09-09");
}

/// A face of another member of the cluster group, of this person of theirs.
fn foreign(kin: Option<&str>) -> State {
    State {
        kin: kin.map(str::to_owned),
        is_foreign: true,
        ..State::default()
    }
}

#[test]
fn faces_near_a_person_of_another_member_become_the_same_person_of_the_owner() {
    let mut states = states(&["a", "b", "x", "y"]);
    states.insert("x".to_owned(), foreign(Some("theirs")));
    states.insert("y".to_owned(), foreign(Some("theirs")));
    let outcome = decided(
        &["a", "b"].map(face),
        &[&["a", "x", "y"], &["b", "a", "x"]],
        states.clone(),
    );
    assert_eq!(pairs(&outcome.people), [("new1", "a")]);
    assert_eq!(pairs(&outcome.assigned), [("a", "new1"), ("b", "new1")]);
    assert_eq!(pairs(&outcome.kin), [("new1", "theirs")]);
    // Too few for a person of the owner's own making.
    let second = Waiting {
        is_second: true,
        ..face("a")
    };
    let outcome = decided(&[second], &[&["a", "x"]], states);
    assert_eq!(pairs(&outcome.assigned), [("a", "new1")]);
}

#[test]
fn whom_the_owner_knows_is_related_to_whom_others_know() {
    let mut states = states(&["a", "b", "c", "x", "z"]);
    states.insert("x".to_owned(), foreign(Some("theirs")));
    states.insert("z".to_owned(), foreign(Some("somebody's")));
    if let Some(state) = states.get_mut("b") {
        state.person = Some(person("anna", None));
    }
    let outcome = decided(
        &["a", "c"].map(face),
        &[&["a", "x", "b"], &["c", "z", "b"]],
        states,
    );
    assert_eq!(pairs(&outcome.assigned), [("a", "anna"), ("c", "anna")]);
    assert_eq!(pairs(&outcome.kin), [("anna", "theirs")], "one at a time");
    assert_eq!(outcome.people, []);
}

#[test]
fn faces_of_others_that_were_given_up_are_theirs_to_look_at() {
    let mut states = states(&["a", "x"]);
    states.insert("x".to_owned(), foreign(None));
    let outcome = decided(&[face("a")], &[&["a", "x"]], states);
    assert_eq!(outcome.again, [] as [&str; 0]);
}
