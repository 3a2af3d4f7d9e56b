//! Pixels before a network.
use super::*;

fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
    let rgb = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb = rgb.flat_map(|(x, y)| colour(x, y)).collect();
    Picture::new(width, height, rgb).expect("a picture")
}

fn look(fit: Fit, order: Order) -> Look {
    Look {
        width: 4,
        height: 4,
        fit,
        order,
        mean: [10.0, 20.0, 30.0],
        deviation: [1.0, 2.0, 4.0],
    }
}

#[test]
fn colours_come_in_the_order_of_the_network() {
    let one = picture(1, 1, |_, _| [110, 120, 130]);
    for (order, expected) in [
        (Order::Rgb, [100.0, 50.0, 25.0]),
        (Order::Bgr, [120.0, 50.0, 20.0]),
    ] {
        let tensor = look(Fit::None, order).tensor(&one).expect("a tensor");
        assert_eq!(tensor.shape(), [1, 3, 1, 1]);
        assert_eq!(tensor.singles().expect("singles"), expected);
    }
}

#[test]
fn the_middle_is_cut_out() {
    // Left third red, middle green, right blue; the middle is what CLIP sees.
    let wide = picture(24, 8, |x, _| {
        [[255, 0, 0], [0, 255, 0], [0, 0, 255]][x as usize / 8]
    });
    let (cut, _) = look(Fit::Crop, Order::Rgb).fitted(&wide);
    assert_eq!((cut.width(), cut.height()), (4, 4));
    for y in 0..4 {
        for x in 1..3 {
            assert!(cut.at(x, y)[1] > 250, "{x} {y}: {:?}", cut.at(x, y));
        }
    }
}

#[test]
fn a_letterbox_leaves_the_rest_black() {
    let wide = picture(8, 4, |_, _| [200, 200, 200]);
    let (boxed, scale) = look(Fit::Letterbox, Order::Rgb).fitted(&wide);
    assert!((scale - 0.5).abs() < 1e-9);
    let colours: Vec<u8> = (0..4).map(|y| boxed.at(3, y)[0]).collect();
    assert_eq!(colours, [200, 200, 0, 0]);
}

#[test]
fn the_thinnest_and_the_widest_pictures_fit_every_network() {
    for (width, height) in [(1, 1), (30_000, 1), (1, 30_000), (3, 2)] {
        let one = picture(width, height, |_, _| [7, 7, 7]);
        for fit in [Fit::Crop, Fit::Squash, Fit::Letterbox] {
            let (fitted, scale) = look(fit, Order::Rgb).fitted(&one);
            assert_eq!((fitted.width(), fitted.height()), (4, 4), "{fit:?}");
            assert!(scale > 0.0);
            if fit != Fit::Letterbox {
                assert_eq!(fitted.at(2, 2), [7; 3], "{width} x {height} {fit:?}");
            }
        }
    }
}

#[test]
fn pixels_that_are_not_there_are_refused() {
    for (width, height, bytes) in [(0, 1, 0), (1, 0, 0), (2, 2, 11), (65_536, 1, 65_536 * 3)] {
        assert!(
            Picture::new(width, height, vec![0; bytes]).is_err(),
            "{width} x {height}"
        );
    }
}

#[test]
fn a_look_that_divides_by_nothing_is_refused() {
    let mut wrong = look(Fit::Crop, Order::Rgb);
    assert_eq!(wrong.check(), Ok(()));
    wrong.deviation[1] = 0.0;
    assert!(wrong.check().is_err());
    let mut wrong = look(Fit::Crop, Order::Rgb);
    wrong.width = 0;
    assert!(wrong.check().is_err());
}

#[test]
fn warping_to_the_same_place_changes_nothing() {
    let own = picture(9, 7, |x, y| {
        [x * 20, y * 30, x * y].map(|value| value.to_le_bytes()[0])
    });
    for outside in [Outside::Black, Outside::Edge] {
        assert_eq!(warp(&own, 9, 7, outside, |x, y| (x, y)), own);
    }
    let beside = warp(&own, 2, 1, Outside::Black, |_, _| (-5.0, f64::NAN));
    assert_eq!(beside.rgb(), [0; 6]);
    let edge = warp(&own, 1, 1, Outside::Edge, |_, _| (100.0, 100.0));
    assert_eq!(edge.at(0, 0), own.at(8, 6));
}
