//! Which function answers a path: what the gateway knows (functions/gateway), here.

use crate::areas::{AREAS, REST};

/// The name of the function that answers the path of these steps behind `/api/`; the one that says 404 for those that none has.
pub fn of(steps: &[String]) -> &'static str {
    let step = |at: usize| steps.get(at).map_or("", String::as_str);
    let (first, second, third, fourth) = (step(0), step(1), step(2), step(3));
    [
        format!("{first}/*/{third}/{fourth}"),
        format!("{first}/*/{third}"),
        format!("{first}/{second}"),
        first.to_owned(),
    ]
    .iter()
    .find_map(|key| found(key))
    .unwrap_or(REST)
}

fn found(key: &str) -> Option<&'static str> {
    let at = AREAS.binary_search_by_key(&key, |(key, _)| key).ok()?;
    AREAS.get(at).map(|(_, area)| *area)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_path_leads_where_the_gateway_leads_it() {
        for (path, area) in [
            ("albums", "albums"),
            ("albums/1/assets", "albums"),
            ("assets/1", "assets"),
            ("assets/1/original", "delivery"),
            ("assets/1/video/playback", "delivery"),
            ("assets/1/edits", "edits"),
            ("assets/1/metadata", "asset-metadata"),
            ("assets/1/metadata/key", "asset-metadata"),
            ("assets/1/ocr", "assets"),
            ("assets/metadata", "asset-metadata"),
            ("assets/statistics", "assets"),
            ("admin/users/1", "users-admin"),
            ("system-config", "system-config"),
            ("nothing/of/this", "server"),
        ] {
            let steps: Vec<String> = path.split('/').map(str::to_owned).collect();
            assert_eq!(of(&steps), area, "{path}");
        }
    }
}
