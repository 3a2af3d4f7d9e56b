//! Languages as clients name them (`de`, `pt-BR`, `zh_Hant`) and as FLORES-200 does (`deu_Latn`).
use std::collections::BTreeMap;

/// By the first part of what clients say; where it has two letters (ISO 639-1), and where FLORES has another than theirs.
#[rustfmt::skip]
const NAMES: [(&str, &str); 113] = [
    ("af", "afr_Latn"), ("am", "amh_Ethi"), ("ar", "arb_Arab"), ("as", "asm_Beng"), ("az", "azj_Latn"), ("be", "bel_Cyrl"),
    ("bg", "bul_Cyrl"), ("bn", "ben_Beng"), ("bo", "bod_Tibt"), ("bs", "bos_Latn"), ("ca", "cat_Latn"), ("cs", "ces_Latn"),
    ("cy", "cym_Latn"), ("da", "dan_Latn"), ("de", "deu_Latn"), ("el", "ell_Grek"), ("en", "eng_Latn"), ("eo", "epo_Latn"),
    ("es", "spa_Latn"), ("et", "est_Latn"), ("eu", "eus_Latn"), ("fa", "pes_Arab"), ("fi", "fin_Latn"), ("fil", "tgl_Latn"),
    ("fo", "fao_Latn"), ("fr", "fra_Latn"), ("ga", "gle_Latn"), ("gd", "gla_Latn"), ("gl", "glg_Latn"), ("gn", "grn_Latn"),
    ("gu", "guj_Gujr"), ("ha", "hau_Latn"), ("he", "heb_Hebr"), ("hi", "hin_Deva"), ("hr", "hrv_Latn"), ("ht", "hat_Latn"),
    ("hu", "hun_Latn"), ("hy", "hye_Armn"), ("id", "ind_Latn"), ("ig", "ibo_Latn"), ("is", "isl_Latn"), ("it", "ita_Latn"),
    ("ja", "jpn_Jpan"), ("jv", "jav_Latn"), ("ka", "kat_Geor"), ("kk", "kaz_Cyrl"), ("km", "khm_Khmr"), ("kn", "kan_Knda"),
    ("ko", "kor_Hang"), ("ku", "kmr_Latn"), ("ky", "kir_Cyrl"), ("lb", "ltz_Latn"), ("lo", "lao_Laoo"), ("lt", "lit_Latn"),
    ("lv", "lvs_Latn"), ("mg", "plt_Latn"), ("mi", "mri_Latn"), ("mk", "mkd_Cyrl"), ("ml", "mal_Mlym"), ("mn", "khk_Cyrl"),
    ("mr", "mar_Deva"), ("ms", "zsm_Latn"), ("mt", "mlt_Latn"), ("my", "mya_Mymr"), ("nb", "nob_Latn"), ("ne", "npi_Deva"),
    ("nl", "nld_Latn"), ("nn", "nno_Latn"), ("no", "nob_Latn"), ("oc", "oci_Latn"), ("or", "ory_Orya"), ("pa", "pan_Guru"),
    ("pl", "pol_Latn"), ("ps", "pbt_Arab"), ("pt", "por_Latn"), ("ro", "ron_Latn"), ("ru", "rus_Cyrl"), ("rw", "kin_Latn"),
    ("sd", "snd_Arab"), ("si", "sin_Sinh"), ("sk", "slk_Latn"), ("sl", "slv_Latn"), ("sm", "smo_Latn"), ("sn", "sna_Latn"),
    ("so", "som_Latn"), ("sq", "als_Latn"), ("sr", "srp_Cyrl"), ("st", "sot_Latn"), ("su", "sun_Latn"), ("sv", "swe_Latn"),
    ("sw", "swh_Latn"), ("ta", "tam_Taml"), ("te", "tel_Telu"), ("tg", "tgk_Cyrl"), ("th", "tha_Thai"), ("ti", "tir_Ethi"),
    ("tk", "tuk_Latn"), ("tl", "tgl_Latn"), ("tn", "tsn_Latn"), ("tr", "tur_Latn"), ("tt", "tat_Cyrl"), ("ug", "uig_Arab"),
    ("uk", "ukr_Cyrl"), ("ur", "urd_Arab"), ("uz", "uzn_Latn"), ("vi", "vie_Latn"), ("wo", "wol_Latn"), ("xh", "xho_Latn"),
    ("yi", "ydd_Hebr"), ("yo", "yor_Latn"), ("yue", "yue_Hant"), ("zh", "zho_Hans"), ("zu", "zul_Latn"),
];

/// The token of a language; `None`: this vocabulary has none for it, so that its usual one stands.
pub fn token(known: &BTreeMap<String, i32>, language: Option<&str>) -> Option<i32> {
    let language = language?;
    if let Some(token) = known.get(language) {
        return Some(*token);
    }
    let lower = language.to_ascii_lowercase();
    let mut parts = lower.split(['-', '_']);
    let first = parts.next()?;
    let is_traditional = first == "zh"
        && parts.any(|part| ["hant", "traditional", "tw", "hk", "mo"].contains(&part));
    if is_traditional {
        return known.get("zho_Hant").copied();
    }
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == first) {
        return known.get(*code).copied();
    }
    // Three letters are FLORES's own, before the script.
    let same = |code: &&String| {
        code.strip_prefix(first)
            .is_some_and(|rest| rest.starts_with('_'))
    };
    let code = known.keys().find(same)?;
    known.get(code).copied()
}
