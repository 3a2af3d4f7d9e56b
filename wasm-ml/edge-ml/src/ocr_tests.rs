//! Maps with known lines, and answers with known texts.
use super::*;
use crate::geometry::Point;

/// A map of 200 x 100 with likelihood 0.9 where `is_text`.
fn map(is_text: impl Fn(f64, f64) -> bool) -> Tensor {
    let numbers = (0..100).flat_map(|y| (0..200).map(move |x| (f64::from(x), f64::from(y))));
    let numbers = numbers.map(|(x, y)| if is_text(x, y) { 0.9 } else { 0.0 });
    Tensor::f32([1, 1, 100, 200], numbers.collect()).expect("a map")
}

fn inside(x: f64, y: f64, left: f64, top: f64, right: f64, bottom: f64) -> bool {
    (left..=right).contains(&x) && (top..=bottom).contains(&y)
}

#[test]
fn lines_are_enlarged_scaled_and_in_reading_order() {
    let two_rows = map(|x, y| {
        inside(x, y, 120.0, 20.0, 170.0, 29.0)
            || inside(x, y, 20.0, 24.0, 70.0, 33.0)
            || inside(x, y, 20.0, 70.0, 90.0, 79.0)
    });
    let lines = detected(&[two_rows], (400, 200), &Settings::default()).expect("a map");
    let starts: Vec<(f64, f64)> = lines
        .iter()
        .map(|line| (line.corners[0].x, line.corners[0].y))
        .collect();
    // 51 x 10 pixels (dilation adds one): area 510, outline 122, moved out by 510 * 1.6 / 122 = 6.7 pixels, twice as large.
    assert_eq!(starts, [(27.0, 35.0), (227.0, 27.0), (26.0, 126.0)]);
    assert!(
        lines
            .iter()
            .all(|line| line.score > 0.7 && line.score <= 0.9001)
    );
}

#[test]
fn a_turned_line_has_turned_corners() {
    let turned = map(|x, y| {
        let (along, across) = (
            (x - 100.0) * 0.8 + (y - 50.0) * 0.6,
            (y - 50.0) * 0.8 - (x - 100.0) * 0.6,
        );
        along.abs() < 35.0 && across.abs() < 6.0
    });
    let lines = detected(&[turned], (200, 100), &Settings::default()).expect("a map");
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    let [a, b, c, d] = line.corners;
    assert!(((b.y - a.y) / (b.x - a.x) - 0.75).abs() < 0.05, "{line:?}");
    assert!((a.distance(b) - d.distance(c)).abs() < 3.0 && a.distance(b) > 70.0);
}

#[test]
fn specks_and_faint_marks_are_no_lines() {
    let specks =
        map(|x, y| inside(x, y, 10.0, 10.0, 11.0, 10.0) || inside(x, y, 50.0, 50.0, 90.0, 51.0));
    let settings = Settings::default();
    assert_eq!(detected(&[specks], (200, 100), &settings), Ok(vec![]));
    let faint = Tensor::f32([1, 1, 100, 200], vec![0.4; 20_000]).expect("a map");
    assert_eq!(detected(&[faint], (200, 100), &settings), Ok(vec![]));
    for empty in [vec![0.0; 20_000], vec![f32::NAN; 20_000]] {
        let empty = Tensor::f32([1, 1, 100, 200], empty).expect("a map");
        assert_eq!(detected(&[empty], (200, 100), &settings), Ok(vec![]));
    }
    let wrong = Tensor::f32([100, 200], vec![0.0; 20_000]).expect("a tensor");
    assert!(detected(&[wrong], (200, 100), &settings).is_err());
    let all = Tensor::f32([1, 1, 100, 200], vec![0.9; 20_000]).expect("a map");
    assert_eq!(
        detected(&[all], (200, 100), &settings).map(|lines| lines.len()),
        Ok(1)
    );
}

#[test]
fn pictures_are_looked_at_in_steps_of_32() {
    let resolution = Resolution {
        shorter: 736,
        area: 736 * 736,
    };
    for (size, expected) in [
        ((31, 500), None),
        ((32, 500), Some((32, 512))),
        ((384, 191), Some((384, 192))),
        ((1440, 1440), Some((736, 736))),
        // By its shorter side it would be 1312 x 736; that does not fit.
        ((1920, 1080), Some((992, 544))),
        ((30_000, 100), Some((12_736, 32))),
    ] {
        assert_eq!(resolution.size(size.0, size.1), expected, "{size:?}");
    }
    let unbound = Resolution {
        shorter: 736,
        area: u64::MAX,
    };
    assert_eq!(unbound.size(1920, 1080), Some((1312, 736)));
}

#[test]
fn a_line_is_cut_out_straight() {
    // Left half dark, right half bright, running down: to be turned to the left.
    let rgb = (0..100)
        .flat_map(|y| (0..60).flat_map(move |_| [if y < 50 { 10 } else { 240 }; 3]))
        .collect();
    let picture = Picture::new(60, 100, rgb).expect("a picture");
    let corners =
        [(10.0, 10.0), (30.0, 10.0), (30.0, 90.0), (10.0, 90.0)].map(|(x, y)| Point::new(x, y));
    let cut = line(
        &picture,
        &Line {
            corners,
            score: 1.0,
        },
    )
    .expect("a line");
    assert_eq!((cut.width(), cut.height()), (80, 20));
    assert!(cut.at(5, 10)[0] < 20 && cut.at(75, 10)[0] > 230);
    let none = Line {
        corners: [Point::new(5.0, 5.0); 4],
        score: 1.0,
    };
    assert_eq!(line(&picture, &none), None);
}

#[test]
fn repeated_characters_count_once_unless_something_is_between() {
    let dictionary = Dictionary::new("a\nb\n猫\n".as_bytes()).expect("a dictionary");
    // Numbers: 0 nothing, 1 a, 2 b, 3 猫, 4 space.
    let places = [1, 1, 0, 1, 4, 4, 3, 0, 0, 2];
    let mut numbers = vec![0.0; places.len() * 5];
    for (at, character) in places.into_iter().enumerate() {
        numbers[at * 5 + character] = 0.8;
    }
    let answer = Tensor::f32([1, places.len(), 5], numbers).expect("a tensor");
    let reading = dictionary.read(&[answer]).expect("an answer");
    assert_eq!(reading.text, "aa 猫b");
    assert!((reading.score - 0.8).abs() < 1e-6);
    let silent = Tensor::f32([1, 1, 5], vec![1.0, 0.0, 0.0, 0.0, 0.0]).expect("a tensor");
    assert_eq!(
        dictionary.read(&[silent]),
        Ok(Reading {
            text: String::new(),
            score: 0.0
        })
    );
    let other = Tensor::f32([1, 1, 6], vec![0.0; 6]).expect("a tensor");
    assert!(dictionary.read(&[other]).is_err());
    assert!(Dictionary::new(b"\xff").is_err() && Dictionary::new(b"").is_err());
}
