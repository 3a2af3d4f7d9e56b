//! What S3 says in XML, as far as reading needs it. In its texts `<` and `&` are always escaped, so elements are found by their names.

/// The keys of a list (ListObjectsV2), in order; `None`: it is none.
pub(super) fn keys(text: &str) -> Option<Vec<String>> {
    let (_, mut rest) = text.split_once("<ListBucketResult")?;
    let mut keys = Vec::new();
    while let Some((_, behind)) = rest.split_once("<Contents>") {
        let (entry, behind) = behind.split_once("</Contents>")?;
        keys.push(unescaped(element(entry, "Key")?)?);
        rest = behind;
    }
    // A list that breaks off must not look like the last one.
    rest.contains("</ListBucketResult>").then_some(keys)
}

/// The code of an error, e.g. `NoSuchKey`.
pub(super) fn code(text: &str) -> Option<&str> {
    let (_, error) = text.split_once("<Error>")?;
    let code = element(error, "Code")?;
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then_some(code)
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = behind.split_once(&format!("</{name}>"))?;
    Some(inside)
}

/// A text without references to characters (XML 1.0 sections 4.1 and 4.6).
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        let (name, after) = behind.split_once(';')?;
        out.push_str(before);
        out.push(character(name)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gives_its_keys() {
        let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name><Prefix>a/</Prefix><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
  <Contents><Key>a/b &amp; c.jpg</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><Size>5</Size></Contents>
  <Contents>
    <Key>a/&lt;x&gt;&#39;&#xE9;&#x1F600;.jpg</Key><Owner><ID>Key</ID></Owner>
  </Contents>
  <Contents><ETag>&quot;x&quot;</ETag><Key> a </Key></Contents>
</ListBucketResult>"#;
        let expected = ["a/b & c.jpg", "a/<x>'é😀.jpg", " a "];
        assert_eq!(keys(text).unwrap(), expected);
        let empty = "<ListBucketResult xmlns=\"x\"><Name>b</Name></ListBucketResult>";
        assert_eq!(keys(empty), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_list_is_none() {
        for text in [
            "",
            "<html>Welcome</html>",
            "<Error><Code>NoSuchBucket</Code></Error>",
            "<ListBucketResult><Contents><Key>a</Key>",
            "<ListBucketResult><Contents><Key>a</Key></Contents>",
            "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a&b</Key></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>&#xD800;</Key></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>&nbsp;</Key></Contents></ListBucketResult>",
        ] {
            assert_eq!(keys(text), None, "{text}");
        }
    }

    #[test]
    fn errors_have_codes() {
        let text =
            "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>";
        assert_eq!(code(text), Some("NoSuchKey"));
        assert_eq!(code("<html><Code>NoSuchKey</Code></html>"), None);
        assert_eq!(code("<Error><Code>a b</Code></Error>"), None);
        assert_eq!(code(""), None);
    }
}
