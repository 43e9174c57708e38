//! Texts that a search takes for the same, and those it does not.

use std::collections::BTreeSet;

use revocation_desk::domain::search::{bigrams, normalize};

#[test]
fn different_spellings_of_one_name_fold_to_the_same_text() {
    for spellings in [
        vec!["髙例", "高例"],
        vec!["ﾚｲｼﾞ", "れいじ", "レイジ", "れいし\u{3099}", "ﾚｲｼ゛"],
        vec!["山﨑", "山崎", "山嵜", "山碕"],
        vec!["渡邊", "渡邉", "渡辺"],
        vec!["齋藤", "齊藤", "斎藤", "斉藤"],
        vec!["辻\u{E0100}", "辻"],
        vec!["𠮷野家", "吉野家"],
        vec!["例文 花", "例文\u{3000}花", "例文花", " 例文  花 "],
        vec!["Example  Inc", "ＥＸＡＭＰＬＥ\u{3000}ＩＮＣ", "example inc"],
        vec!["03-0000-4182", "０３－００００－４１８２", "03‐0000−4182", "03ー0000ー4182"],
        vec!["サーバー", "ｻｰﾊﾞｰ", "さーばー", "サ－バ－"],
        vec!["霞ヶ関", "霞ケ関"],
        vec!["㈱例示", "(株)例示"],
        vec!["xn--r8jz45g.jp", "XN--R8JZ45G.jp", "例え.jp"],
        vec!["https://shop.xn--r8jz45g.jp/a", "https://shop.例え.jp/a"],
        vec!["Shop.Example.JP", "shop.example.jp"],
    ] {
        let folded: BTreeSet<String> = spellings.iter().map(|text| normalize(text)).collect();
        assert_eq!(folded.len(), 1, "{spellings:?} → {folded:?}");
    }
}

#[test]
fn different_names_stay_different() {
    for (one, other) in [
        ("高橋", "高梨"),
        ("坂本", "阪本"),
        ("かき", "がき"),
        ("a b", "ab"),
        ("例示", "株式会社例示"),
        ("03-0000-4182", "0300004182"),
        ("病院", "美容院"),
    ] {
        assert_ne!(normalize(one), normalize(other));
    }
}

#[test]
fn several_names_stay_apart_line_by_line() {
    assert_eq!(normalize("例示商事\n\n shop.example.jp \r\nﾚｲｼﾞ"), "例示商事\nshop.example.jp\nれいじ");
    assert!(!bigrams("商\n事").contains("商事"));
}

#[test]
fn a_label_that_does_not_decode_is_searched_as_it_is() {
    assert_eq!(normalize("xn--\u{0}.jp"), "xn--\u{0}.jp");
    assert_eq!(normalize("xn--99999999999.jp"), "xn--99999999999.jp");
}

#[test]
fn bigrams_are_the_pairs_within_words() {
    let found = |text: &str| bigrams(text).into_iter().collect::<Vec<_>>();

    assert_eq!(found("例示商事"), ["例示", "商事", "示商"]);
    assert_eq!(found("AB cd"), ["ab", "cd"]);
    assert_eq!(found("花"), ["花"]);
    assert_eq!(found(" "), [""; 0]);
    assert_eq!(found("aaa"), ["aa"]);
}

#[test]
fn the_pairs_of_a_query_are_among_the_pairs_of_a_text_that_contains_it() {
    let text = bigrams("株式会社ﾚｲｼﾞ商事 shop.example.jp");
    for query in ["れいじ", "レイジ商", "EXAMPLE", "株式"] {
        assert!(bigrams(query).is_subset(&text), "{query}");
    }
}

proptest::proptest! {
    #[test]
    fn folding_twice_changes_nothing_more(text in "[ァ-ヾぁ-ゞｦ-ﾟー‐゛髙﨑邊花Ａ-Ｚa-zA-Z0-9 .@\n\u{3000}-]{0,20}") {
        let once = normalize(&text);
        proptest::prop_assert_eq!(normalize(&once), once);
    }

    #[test]
    fn no_text_makes_the_folding_panic(text in "\\PC{0,40}|(xn--[a-z0-9-]{0,8}[. ]){0,3}") {
        bigrams(&text);
    }
}
