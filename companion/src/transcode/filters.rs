//! What ffmpeg does to frames before they are encoded (api/jobs-ml.md section 5).

use edge_protocol::wire::VideoFacts;

use super::device::Device;

/// Scaling where the shorter side is longer than `limit` or a side is odd; then the colours that all players know: `operator` maps
/// tones. Last what brings frames to the device.
pub fn filters(
    facts: &VideoFacts,
    limit: Option<u32>,
    operator: &str,
    maps_tones: bool,
    device: Device,
) -> Vec<String> {
    let (width, height) = facts.upright();
    let side = width.min(height);
    let target = limit.filter(|limit| side > *limit);
    let mut all = Vec::new();
    if target.is_some() || width % 2 == 1 || height % 2 == 1 {
        let target = target.unwrap_or(side);
        let target = (target - target % 2).max(2);
        all.push(if height > width {
            format!("scale={target}:-2")
        } else {
            format!("scale=-2:{target}")
        });
    }
    if facts.is_hdr() && maps_tones && operator != "disabled" {
        all.extend(assumed(facts));
        all.push(format!(
            "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709,tonemap=tonemap={operator}:desat=0,\
             zscale=transfer=bt709:matrix=bt709:range=tv,format=yuv420p"
        ));
    } else if facts.pixel_format.as_deref() != Some("yuv420p") {
        all.push("format=yuv420p".to_owned());
    }
    all.extend(device.upload().map(str::to_owned));
    all
}

/// Of a film of a high dynamic range what it does not say of its colours: zscale refuses what it does not know. PQ and HLG are
/// BT.2100's, whose primaries and matrix are those of BT.2020.
pub fn assumed(facts: &VideoFacts) -> Option<String> {
    let primaries = facts.color_primaries.is_none();
    let matrix = facts.color_space.is_none();
    let unsaid = [
        primaries.then_some("color_primaries=bt2020"),
        matrix.then_some("colorspace=bt2020nc"),
    ];
    let unsaid: Vec<&str> = unsaid.into_iter().flatten().collect();
    (!unsaid.is_empty()).then(|| format!("setparams={}", unsaid.join(":")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> VideoFacts {
        VideoFacts {
            width: 1920,
            height: 1080,
            pixel_format: Some("yuv420p".to_owned()),
            ..VideoFacts::default()
        }
    }

    fn chain(facts: &VideoFacts, limit: Option<u32>, operator: &str) -> String {
        filters(facts, limit, operator, true, Device::SOFTWARE).join(",")
    }

    #[test]
    fn sides_are_even_and_the_shorter_one_is_the_targets() {
        let scaled = |width, height, rotation, limit| {
            let facts = VideoFacts {
                width,
                height,
                rotation,
                ..facts()
            };
            chain(&facts, limit, "hable")
        };
        assert_eq!(scaled(1920, 1080, 0, Some(720)), "scale=-2:720");
        assert_eq!(scaled(1920, 1080, -90, Some(720)), "scale=720:-2");
        assert_eq!(scaled(1080, 1920, 0, Some(720)), "scale=720:-2");
        assert_eq!(scaled(1280, 720, 0, Some(720)), "");
        assert_eq!(scaled(1920, 1080, 0, None), "");
        assert_eq!(scaled(641, 361, 0, Some(720)), "scale=-2:360");
        assert_eq!(scaled(1, 1, 0, Some(720)), "scale=-2:2");
    }

    #[test]
    fn tones_and_pixel_formats_are_mapped() {
        let hdr = VideoFacts {
            pixel_format: Some("yuv420p10le".to_owned()),
            color_primaries: Some("bt2020".to_owned()),
            color_transfer: Some("smpte2084".to_owned()),
            color_space: Some("bt2020nc".to_owned()),
            ..facts()
        };
        let mapped = chain(&hdr, Some(720), "mobius");
        assert!(
            mapped.starts_with("scale=-2:720,zscale=") && mapped.contains("tonemap=tonemap=mobius"),
            "{mapped}"
        );
        assert_eq!(
            chain(&hdr, Some(720), "disabled"),
            "scale=-2:720,format=yuv420p"
        );
    }

    #[test]
    fn what_a_film_does_not_say_of_its_colours_is_said_for_it() {
        let text = |text: &str| Some(text.to_owned());
        for (primaries, matrix, wanted) in [
            (
                None,
                None,
                "setparams=color_primaries=bt2020:colorspace=bt2020nc,zscale=",
            ),
            (
                text("bt2020"),
                None,
                "setparams=colorspace=bt2020nc,zscale=",
            ),
            (
                None,
                text("bt2020nc"),
                "setparams=color_primaries=bt2020,zscale=",
            ),
            (text("bt2020"), text("bt2020nc"), "zscale="),
        ] {
            let hdr = VideoFacts {
                color_transfer: text("arib-std-b67"),
                color_primaries: primaries,
                color_space: matrix,
                ..facts()
            };
            let mapped = chain(&hdr, None, "hable");
            assert!(mapped.starts_with(wanted), "{wanted} in {mapped}");
        }
        assert_eq!(chain(&facts(), None, "hable"), "");
    }
}
