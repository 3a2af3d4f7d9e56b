//! Decisions of this area as plain functions: names and addresses of files.

/// File name without its extension.
pub fn stem(file_name: &str) -> &str {
    file_name
        .rfind('.')
        .filter(|dot| *dot > 0)
        .and_then(|dot| file_name.get(..dot))
        .unwrap_or(file_name)
}

/// The query without the parameter `size`, as it was sent (api/assets.md section 4).
pub fn query_without_size(query: &str) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && *pair != "size" && !pair.starts_with("size="))
        .collect();
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_and_queries() {
        assert_eq!(
            (stem("a.b.jpg"), stem(".jpg"), stem("a")),
            ("a.b", ".jpg", "a")
        );
        assert_eq!(query_without_size("size=original&key=x&c=1"), "key=x&c=1");
    }
}
