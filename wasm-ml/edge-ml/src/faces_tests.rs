//! Answers of detectors with known faces in them.
use super::*;
use crate::num::floor;
use crate::tensor::cosine;

const SIZE: (u32, u32) = (64, 64);

fn tensor(rows: usize, columns: usize, set: &[(usize, &[f32])]) -> Tensor {
    let mut numbers = vec![0.0; rows * columns];
    for (row, values) in set {
        numbers[row * columns..row * columns + values.len()].copy_from_slice(values);
    }
    Tensor::f32([1, rows, columns], numbers).expect("a tensor")
}

/// Answers of YuNet to a picture of 64 x 64 with one face, seen by two cells of the grid of 16.
fn yunet_answers() -> Vec<(String, Tensor)> {
    let mut outputs = Vec::new();
    for (stride, cells) in [(8, 64), (16, 16), (32, 4)] {
        let here = stride == 16;
        let pick = |values: &'static [(usize, &'static [f32])]| if here { values } else { &[] };
        for (what, columns, values) in [
            ("cls", 1, pick(&[(5, &[1.0]), (6, &[0.81])])),
            ("obj", 1, pick(&[(5, &[0.81]), (6, &[1.0])])),
            (
                "bbox",
                4,
                pick(&[
                    (5, &[0.5, 0.5, 0.0, std::f32::consts::LN_2]),
                    (6, &[-0.5, 0.5, 0.0, std::f32::consts::LN_2]),
                ]),
            ),
            (
                "kps",
                10,
                pick(&[(5, &[0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 1.0, 1.0])]),
            ),
        ] {
            outputs.push((format!("{what}_{stride}"), tensor(cells, columns, values)));
        }
    }
    outputs
}

fn named(answers: &[(String, Tensor)]) -> Vec<(&str, &Tensor)> {
    let named = answers.iter().map(|(name, tensor)| (name.as_str(), tensor));
    named.collect()
}

#[test]
fn yunet_sees_a_face_once() {
    let answers = yunet_answers();
    let named = named(&answers);
    let found = yunet(&named, SIZE, 0.7).expect("answers");
    assert_eq!(found.len(), 2);
    let faces = each_once(found);
    let [face] = faces.as_slice() else {
        panic!("{faces:?}")
    };
    // Cell 5 of 4 columns is the second of the second row: its corner is 16, 16.
    assert!((face.score - 0.9).abs() < 1e-6);
    let Frame { x1, y1, x2, y2 } = face.frame;
    for (value, expected) in [(x1, 16.0), (y1, 8.0), (x2, 32.0), (y2, 40.0)] {
        assert!((value - expected).abs() < 1e-4, "{face:?}");
    }
    assert_eq!(face.landmarks[4], Point::new(32.0, 32.0));
    assert!((face.enlarged(0.5).frame.x2 - 64.0).abs() < 1e-4);
}

#[test]
fn scrfd_measures_from_the_corner_of_its_cell() {
    let counts = [128, 32, 8];
    let mut answers: Vec<Tensor> = Vec::new();
    // Second anchor of cell 5 of the grid of 16.
    let at = 11;
    for (columns, values) in [
        (1, &[0.8][..]),
        (4, &[1.0, 0.5, 2.0, 1.5]),
        (10, &[0.5, 0.5, 1.0, 0.5, 1.0, 1.0, 0.5, 1.5, 1.0, 1.5]),
    ] {
        for (grid, count) in counts.into_iter().enumerate() {
            let set: &[(usize, &[f32])] = if grid == 1 { &[(at, values)] } else { &[] };
            answers.push(tensor(count, columns, set));
        }
    }
    let found = scrfd(&answers, SIZE, 0.7).expect("answers");
    let [face] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        face.frame,
        Frame {
            x1: 0.0,
            y1: 8.0,
            x2: 48.0,
            y2: 40.0
        }
    );
    assert_eq!(face.landmarks[0], Point::new(24.0, 24.0));
}

#[test]
fn answers_of_another_shape_are_refused() {
    let answers = yunet_answers();
    let named = named(&answers);
    assert!(yunet(&named, (96, 64), 0.7).is_err());
    assert!(yunet(&named[1..], SIZE, 0.7).is_err());
    let tensors: Vec<Tensor> = answers.into_iter().map(|(_, tensor)| tensor).collect();
    assert!(scrfd(&tensors, SIZE, 0.7).is_err());
    assert!(scrfd(&tensors[..9], SIZE, 0.7).is_err());
}

#[test]
fn what_is_no_number_is_no_face() {
    let mut answers = yunet_answers();
    for (name, output) in &mut answers {
        if name == "bbox_16" {
            *output = tensor(
                16,
                4,
                &[(5, &[f32::NAN; 4]), (6, &[0.0, 0.0, f32::INFINITY, 0.0])],
            );
        }
        if name == "cls_8" {
            *output = tensor(64, 1, &[(0, &[f32::NAN])]);
        }
    }
    let named = named(&answers);
    let found = yunet(&named, SIZE, 0.7).expect("answers");
    assert_eq!(each_once(found), []);
}

#[test]
fn a_straightened_face_has_its_eyes_where_they_belong() {
    let mut rgb = vec![0; 300 * 300 * 3];
    // Five bright spots, turned a quarter to the right and twice as large as the template.
    let template = [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ];
    let landmarks = template.map(|(x, y)| Point::new(280.0 - 2.0 * y, 20.0 + 2.0 * x));
    let whole = |value: f64| floor(value) as usize;
    for spot in landmarks {
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let index = ((whole(spot.y) + dy) * 300 + whole(spot.x) + dx) * 3;
            rgb[index..index + 3].fill(255);
        }
    }
    let picture = Picture::new(300, 300, rgb).expect("a picture");
    let frame = Frame {
        x1: 0.0,
        y1: 0.0,
        x2: 300.0,
        y2: 300.0,
    };
    let face = Face {
        frame,
        score: 1.0,
        landmarks,
    };
    let straight = aligned(&picture, &face).expect("a face");
    assert_eq!((straight.width(), straight.height()), (112, 112));
    for (x, y) in template {
        let near = (0..2).flat_map(|dy| (0..2).map(move |dx| (dx, dy)));
        let brightest = near
            .map(|(dx, dy)| straight.at(i64::from(floor(x)) + dx, i64::from(floor(y)) + dy)[0])
            .max();
        assert!(brightest > Some(100), "{x} {y}: {brightest:?}");
    }
    let nowhere = Face {
        landmarks: [Point::default(); 5],
        ..face
    };
    assert!(aligned(&picture, &nowhere).is_err());
}

#[test]
fn vectors_have_length_one() {
    let answer = Tensor::f32([1, 2], vec![3.0, -4.0]).expect("a tensor");
    let vector = embedding(&[answer]).expect("a vector");
    assert!((cosine(&vector, &[0.6, -0.8]) - 1.0).abs() < 1e-6);
    assert!(embedding(&[]).is_err());
}
