//! Names of lenses as exiftool puts them together (its LensID), from what cameras write in their maker notes.

/// Canon's name with the maker and a space behind the mount: `EF24-105mm f/4L IS USM` is a
/// `Canon EF 24-105mm f/4L IS USM`, `RF50mm F1.2 L USM` a `Canon RF 50mm F1.2L USM`. Names of other makers stay.
pub fn canon_name(text: &str) -> Option<String> {
    const MOUNTS: [&str; 7] = ["EF-S", "EF-M", "RF-S", "TS-E", "MP-E", "EF", "RF"];
    if text.is_empty() || text == "n/a" {
        return None;
    }
    let own = MOUNTS.iter().find_map(|mount| {
        let rest = text.strip_prefix(mount)?;
        rest.starts_with(|c: char| c.is_ascii_digit())
            .then_some((mount, rest))
    });
    let Some((mount, rest)) = own else {
        return Some(text.to_owned());
    };
    let mut name = format!("Canon {mount} ");
    for word in rest.split(' ').filter(|word| !word.is_empty()) {
        let follows_aperture = word == "L" && name.ends_with(|c: char| c.is_ascii_digit());
        if !follows_aperture && !name.ends_with(' ') {
            name.push(' ');
        }
        name.push_str(word);
    }
    Some(name)
}

/// Canon's lens of a number with these focal lengths in millimetres. Other makers use the same numbers for lenses
/// with other focal lengths; those have no name here.
pub fn canon_number(number: f64, shortest: f64, longest: f64) -> Option<&'static str> {
    let known = CANON.iter().find(|known| {
        is_close(known.0, number) && is_close(known.1, shortest) && is_close(known.2, longest)
    });
    known.map(|known| known.3)
}

fn is_close(known: u16, value: f64) -> bool {
    (f64::from(known) - value).abs() < 0.5
}

/// Number, focal lengths in millimetres, name: lenses of cameras that did not write the name (before 2008).
const CANON: [(u16, u16, u16, &str); 37] = [
    (1, 50, 50, "Canon EF 50mm f/1.8"),
    (2, 28, 28, "Canon EF 28mm f/2.8"),
    (26, 100, 100, "Canon EF 100mm f/2.8 Macro"),
    (29, 50, 50, "Canon EF 50mm f/1.8 II"),
    (31, 75, 300, "Canon EF 75-300mm f/4-5.6"),
    (32, 24, 24, "Canon EF 24mm f/2.8"),
    (45, 18, 55, "Canon EF-S 18-55mm f/3.5-5.6 [II]"),
    (48, 18, 55, "Canon EF-S 18-55mm f/3.5-5.6 IS"),
    (49, 55, 250, "Canon EF-S 55-250mm f/4-5.6 IS"),
    (50, 18, 200, "Canon EF-S 18-200mm f/3.5-5.6 IS"),
    (51, 18, 135, "Canon EF-S 18-135mm f/3.5-5.6 IS"),
    (142, 300, 300, "Canon EF 300mm f/2.8L IS USM"),
    (152, 300, 300, "Canon EF 300mm f/4L IS USM"),
    (155, 85, 85, "Canon EF 85mm f/1.8 USM"),
    (156, 28, 105, "Canon EF 28-105mm f/3.5-4.5 USM"),
    (161, 28, 70, "Canon EF 28-70mm f/2.8L USM"),
    (170, 200, 200, "Canon EF 200mm f/2.8L II USM"),
    (174, 135, 135, "Canon EF 135mm f/2L USM"),
    (176, 24, 85, "Canon EF 24-85mm f/3.5-4.5 USM"),
    (178, 28, 135, "Canon EF 28-135mm f/3.5-5.6 IS"),
    (180, 35, 35, "Canon EF 35mm f/1.4L USM"),
    (183, 100, 400, "Canon EF 100-400mm f/4.5-5.6L IS USM"),
    (186, 70, 200, "Canon EF 70-200mm f/4L USM"),
    (198, 50, 50, "Canon EF 50mm f/1.4 USM"),
    (224, 70, 200, "Canon EF 70-200mm f/2.8L IS USM"),
    (229, 16, 35, "Canon EF 16-35mm f/2.8L USM"),
    (230, 24, 70, "Canon EF 24-70mm f/2.8L USM"),
    (231, 17, 40, "Canon EF 17-40mm f/4L USM"),
    (234, 17, 85, "Canon EF-S 17-85mm f/4-5.6 IS USM"),
    (235, 10, 22, "Canon EF-S 10-22mm f/3.5-4.5 USM"),
    (236, 60, 60, "Canon EF-S 60mm f/2.8 Macro USM"),
    (237, 24, 105, "Canon EF 24-105mm f/4L IS USM"),
    (239, 85, 85, "Canon EF 85mm f/1.2L II USM"),
    (240, 17, 55, "Canon EF-S 17-55mm f/2.8 IS USM"),
    (241, 50, 50, "Canon EF 50mm f/1.2L USM"),
    (242, 70, 200, "Canon EF 70-200mm f/4L IS USM"),
    (246, 16, 35, "Canon EF 16-35mm f/2.8L II USM"),
];

/// Sony's lens of a number of the A mount, where only one lens has it.
pub fn sony_number(number: f64) -> Option<&'static str> {
    let known = SONY.iter().find(|known| is_close(known.0, number));
    known.map(|known| known.1)
}

const SONY: [(u16, &str); 16] = [
    (49, "Sony DT 55-200mm F4-5.6 (SAL55200)"),
    (50, "Sony DT 18-250mm F3.5-6.3 (SAL18250)"),
    (51, "Sony DT 16-105mm F3.5-5.6 (SAL16105)"),
    (53, "Sony 70-400mm F4-5.6 G SSM (SAL70400G)"),
    (56, "Sony DT 55-200mm F4-5.6 SAM (SAL55200-2)"),
    (58, "Sony DT 30mm F2.8 Macro SAM (SAL30M28)"),
    (59, "Sony 28-75mm F2.8 SAM (SAL2875)"),
    (60, "Carl Zeiss Distagon T* 24mm F2 ZA SSM (SAL24F20Z)"),
    (61, "Sony 85mm F2.8 SAM (SAL85F28)"),
    (62, "Sony DT 35mm F1.8 SAM (SAL35F18)"),
    (63, "Sony DT 16-50mm F2.8 SSM (SAL1650)"),
    (64, "Sony 500mm F4 G SSM (SAL500F40G)"),
    (65, "Sony DT 18-135mm F3.5-5.6 SAM (SAL18135)"),
    (66, "Sony 300mm F2.8 G SSM II (SAL300F28G2)"),
    (67, "Sony 70-200mm F2.8 G SSM II (SAL70200G2)"),
    (68, "Sony DT 55-300mm F4.5-5.6 SAM (SAL55300)"),
];

/// Sony's name of a lens with the E mount (`FE 24-70mm F2.8 GM`, `E 35mm F1.8 OSS`) with the maker in front.
pub fn sony_name(model: &str) -> Option<String> {
    let rest = model
        .strip_prefix("FE ")
        .or_else(|| model.strip_prefix("E "))?;
    rest.starts_with(|c: char| c.is_ascii_digit())
        .then(|| format!("Sony {model}"))
}

/// Nikon's lens by its kind (bits: 1 manual focus, 2 D, 4 G, 8 VR), focal lengths in millimetres and f-numbers:
/// `18-105mm f/3.5-5.6 G VR`.
pub fn nikon_name(kind: u8, focal: (f64, f64), widest: (f64, f64)) -> Option<String> {
    let range = |(from, to): (f64, f64)| {
        let is_range = (to - from).abs() > 0.05;
        if is_range {
            format!("{from}-{to}")
        } else {
            from.to_string()
        }
    };
    let tenths =
        |(from, to): (f64, f64)| ((from * 10.0).round() / 10.0, (to * 10.0).round() / 10.0);
    let (focal, widest) = (tenths(focal), tenths(widest));
    let sensible = |(from, to): (f64, f64)| from > 0.0 && to >= from && to < 10_000.0;
    if !sensible(focal) || !sensible(widest) {
        return None;
    }
    let mut name = format!("{}mm f/{}", range(focal), range(widest));
    for (bit, text) in [(1, " MF"), (4, " G"), (2, " D"), (8, " VR")] {
        // a lens of kind G has the bit of D too
        if kind & bit != 0 && !(bit == 2 && kind & 4 != 0) {
            name.push_str(text);
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_canon_get_their_maker() {
        for (written, name) in [
            ("EF24-105mm f/4L IS USM", "Canon EF 24-105mm f/4L IS USM"),
            (
                "EF-S18-55mm f/3.5-5.6 IS",
                "Canon EF-S 18-55mm f/3.5-5.6 IS",
            ),
            ("RF24-105mm F4 L IS USM", "Canon RF 24-105mm F4L IS USM"),
            ("RF50mm F1.8 STM", "Canon RF 50mm F1.8 STM"),
            ("TS-E24mm f/3.5L II", "Canon TS-E 24mm f/3.5L II"),
            ("30mm F1.4 DC HSM | Art 013", "30mm F1.4 DC HSM | Art 013"),
        ] {
            assert_eq!(canon_name(written).as_deref(), Some(name));
        }
        assert_eq!(canon_name(""), None);
    }

    #[test]
    fn numbers_count_with_their_focal_lengths_only() {
        assert_eq!(
            canon_number(237.0, 24.0, 105.0),
            Some("Canon EF 24-105mm f/4L IS USM")
        );
        // a lens of another maker under the number of Canon's
        assert_eq!(canon_number(198.0, 35.0, 35.0), None);
        assert_eq!(canon_number(f64::NAN, 1.0, 1.0), None);
        assert_eq!(canon_number(1.0, f64::INFINITY, f64::NAN), None);
        assert_eq!(sony_number(62.0), Some("Sony DT 35mm F1.8 SAM (SAL35F18)"));
        assert_eq!(sony_number(1.0), None);
    }

    #[test]
    fn lenses_of_nikon_are_described() {
        let name = nikon_name(0x0e, (18.0, 105.0), (3.5, 5.6));
        assert_eq!(name.as_deref(), Some("18-105mm f/3.5-5.6 G VR"));
        let name = nikon_name(2, (50.0, 50.0), (1.8, 1.8));
        assert_eq!(name.as_deref(), Some("50mm f/1.8 D"));
        assert_eq!(nikon_name(0, (0.0, 0.0), (0.0, 0.0)), None);
        assert_eq!(nikon_name(0, (f64::NAN, 1.0), (1.0, f64::INFINITY)), None);
    }

    #[test]
    fn names_of_sony_get_their_maker() {
        assert_eq!(
            sony_name("FE 24-70mm F2.8 GM").as_deref(),
            Some("Sony FE 24-70mm F2.8 GM")
        );
        assert_eq!(
            sony_name("E 28-75mm F2.8-2.8").as_deref(),
            Some("Sony E 28-75mm F2.8-2.8")
        );
        assert_eq!(sony_name("30mm F1.4 DC DN | Contemporary 016"), None);
    }
}
