//! Names languages as film files do.
//!
//! It owns the table from two letters to three (ISO 639-1 to 639-2/T). It must not know what is said in them.

/// Each language by its two letters and, right behind them, its three.
const LANGUAGES: &str = "\
    aaaar ababk afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bhbih bibis bmbam bnben bobod \
    brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell eneng eoepo \
    esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb hihin \
    hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl itita iuiku jajpn jvjav kakat \
    kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor kykir lalat lbltz lglug lilim lnlin \
    lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt mymya nanau nbnob ndnde nenep ngndo \
    nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque rmroh rnrun \
    roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun \
    svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur tstso tttat twtwi tytah uguig ukukr ururd \
    uzuzb veven vivie vovol wawln wowol xhxho yiyid yoyor zazha zhzho zuzul";

/// Where nobody says which.
const UNDETERMINED: &str = "und";

/// The three letters for a language such as `en`, `deu` or `pt-BR`; `und` for one that has none.
#[must_use]
pub fn three_letters(code: &str) -> String {
    let first = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if !first.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return UNDETERMINED.to_owned();
    }
    match first.len() {
        2 => LANGUAGES.split(' ').find_map(|both| both.strip_prefix(&first)).unwrap_or(UNDETERMINED).to_owned(),
        3 => first,
        _ => UNDETERMINED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_three_letters() {
        assert!(LANGUAGES.split(' ').all(|both| both.len() == 5));
        let codes = ["en", "de", "pt-BR", "ZH-Hant", "deu", "x", "", "qq", "../", "e\u{301}n"];
        let found = codes.map(three_letters);
        assert_eq!(found, ["eng", "deu", "por", "zho", "deu", "und", "und", "und", "und", "und"]);
    }
}
