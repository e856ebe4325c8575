//! Which function of lm-eval 0.4.13's tasks has which port, by the digest of its source.
//!
//! `xtask/python/lm_eval_functions.py --list` tells the digests, and how many tasks use each function; the claim
//! `native-ports` compares every port with the function that it stands for.

use super::{port::Make, prompts, results, rows, spans, subjects};
use daepyo_core::Digest;

/// The port for a source with this digest.
pub(super) fn port(digest: &Digest) -> Option<Make> {
    let hex = digest.hex();
    TABLE.iter().find(|(known, _)| *known == hex).map(|(_, make)| *make)
}

/// The digests, and the ports; beside each, one place where the function stands.
#[rustfmt::skip]
const TABLE: [(&str, Make); 80] = [
    // global_mmlu/full/ko/utils.process_abstract_algebra
    ("bca662400ffde910d6dc624007de4bb42490d26fc91a40e2db539704f6b5b7b8", subjects::SUBJECT),
    // global_mmlu/default/ko/utils.process_stem
    ("5451f02f4fb4cd2ca7014cfbd40aa0f04d1306358b5b53bfa49c171c186aa16b", subjects::CATEGORY),
    // include/default/Korean/utils.process_stem
    ("2aa5e237fd40f6fdc5dd79469354ba1557fbdadb216c1dd53e79dd5f9f6c2981", subjects::DOMAIN),
    // openai-mmmlu/default/utils.process_abstract_algebra
    ("169effead842a4125bdd6a78c3d8da50b1d33b75eafc2b46992b3e7f314c5344", subjects::MMMLU),
    // mmlu_pro/utils.process_biology
    ("45db6255d8ebd3b9321be1b9be55acf4ebfe637f9dfe5ac9eeaef803ebe8ae18", subjects::PARTIAL),
    // mmlu_pro/utils.process_business
    ("a88f7d26ba42569a64b7966a87dc282a5981c10c3c98f84df3ef7eb1892e3b74", subjects::PARTIAL),
    // mmlu_pro/utils.process_chemistry
    ("b29260c5846b956ec9e06304cd89798d08560878550106d4ff2a55ebc31dcef7", subjects::PARTIAL),
    // mmlu_pro/utils.process_computer_science
    ("1047c9d176266ef8113d34bb988cab97535d98136ab93d4d6677548107aa81cd", subjects::PARTIAL),
    // mmlu_pro/utils.process_economics
    ("b09993bfbb29ea5afd15883508574dbf8bac0d30dfdc922156cbd9fa597cc2fe", subjects::PARTIAL),
    // mmlu_pro/utils.process_engineering
    ("94c0c01482c28e83b22634ea19e5882ba024d67291d808ed11143e50da03719b", subjects::PARTIAL),
    // mmlu_pro/utils.process_health
    ("3de94e2cd67387686b8563af2b26ddf0949497a6f5b3fc7cda99f37600ad340a", subjects::PARTIAL),
    // mmlu_pro/utils.process_history
    ("1d30345921d2327bcc0aa0d58671e02d1e8e47160075ef52d20625c8745b8e2d", subjects::PARTIAL),
    // mmlu_pro/utils.process_law
    ("2a44923e3aba6c4f4d85bd362f94add81b4699c29473e435f8c47115a2387f0c", subjects::PARTIAL),
    // mmlu_pro/utils.process_math
    ("5887ce00df248eae6743bff6b071ff265c6589e85dcda0af2b2db9dcf12123ef", subjects::PARTIAL),
    // mmlu_pro/utils.process_other
    ("95585135350dff2503793f50c1b5125f0a6fdd52df9bb3189bc3002170fd4bc7", subjects::PARTIAL),
    // mmlu_pro/utils.process_philosophy
    ("41875788621ea4ab4a0afec8355b202ec2f77ae27b4eb0479909dd5afbb38b77", subjects::PARTIAL),
    // mmlu_pro/utils.process_physics
    ("e89eb1c624ef9c3d019f430cf9459802e3ae02373a83d42fab067eb757007b63", subjects::PARTIAL),
    // mmlu_pro/utils.process_psychology
    ("4f0047d6c48999c083449c7c5e71eeb8818f6580ddd2308ae35ad61a703b20a1", subjects::PARTIAL),
    // bigbench/utils.filter_multiple_choice
    ("ffe5920d8ee35daa9271be669629b928a76ac82ede88bdb21683c56785efa474", subjects::HAS_CHOICES),
    // eus_exams/utils.process_docs
    ("3359ec0b8d6e3c8fa71ab4f607d5d006e48e5cce0a7dabdf74b3bca8781712f7", subjects::HAS_ANSWER),
    // crows_pairs/utils.filter_race_color
    ("2f61dbf93f9cee94266cd185a17dc698c5d20ea1cddf1436a372bafe8581c80d", subjects::BIAS),
    // crows_pairs/utils.filter_socio
    ("86176f7b89fb8e2879e394d447aa217a5a76c0850a71eeee7b121212101fa320", subjects::BIAS),
    // crows_pairs/utils.filter_gender
    ("85339b7fbc2e90b4cbea1b9f7ca12ce011cfdf6ca9dbbf4575b187de2dcd049a", subjects::BIAS),
    // crows_pairs/utils.filter_age
    ("4c5647b1aa76679502347cec6ae3ca05e0f7d92b4ed4d50d83d9299b27a57612", subjects::BIAS),
    // crows_pairs/utils.filter_religion
    ("8769526dc838c63fd40ad14cde65d7f8339af78ca45e20fd037caee376ecb325", subjects::BIAS),
    // crows_pairs/utils.filter_disability
    ("94d3e5e628945d1978b2bc41b5124d7e5bbd62bb9e3970286a94b8262fbed8b7", subjects::BIAS),
    // crows_pairs/utils.filter_orientation
    ("00dbe1853ab75f4c6e3e3dcb5854b8f22bfadfb76d29a8b813b74cff38796b7f", subjects::BIAS),
    // crows_pairs/utils.filter_nationality
    ("0febeb8d53949c5a1be5e231a60c0b2b817ba6818e8aae7662686aaccb2971d3", subjects::BIAS),
    // crows_pairs/utils.filter_appearance
    ("651534789dd270260047f112fc7ade52135a37b92227af613089a0e513683da9", subjects::BIAS),
    // crows_pairs/utils.filter_autre
    ("98b9e7ebde2ef463e79479283a0766ba33248fbac64d51d31291e0bda4219588", subjects::BIAS),
    // mmlu_prox/ko/utils.doc_to_text
    ("17ea468a5189c344bfeaada5f2788ba5b10d14a2875fc93ff30bb8579cdc0aa9", prompts::PROX_TEXT),
    // mmlu_prox/ko/utils.fewshot_to_text
    ("368b659bed1073a03a449ae93e28f0ea16d49c395b806222d48fcf138e5b1473", prompts::PROX_EXAMPLE),
    // mmlu_pro/utils.doc_to_text
    ("bfc45be25f751ef202eddf245060af59b7382517d284a537231eda44c5b42df9", prompts::PRO_TEXT),
    // mmlu-pro-plus/utils.doc_to_text
    ("ff8f9cb599308d8b67522b575a646dfed8e93b7d4133aab6d56b16ca3f9c21ef", prompts::PRO_TEXT),
    // mmlu_pro/utils.fewshot_to_text
    ("21baa4c96a78b33408050bf9b1881e0b22730b36b3488bc6e1a5962d28754123", prompts::PRO_TEXT),
    // mmlu_pro/utils.fewshot_to_target
    ("6e598af4e4a4cfb7b6c52a77c05b19845d9353f98fe270573bc1c4ee29a50625", prompts::PRO_TARGET),
    // afrimmlu/direct/prompt_1/utils.doc_to_choice
    ("b97e41747cfef67fbcbe7440c6b376f1c8076231348f1b9fab2da5b611591d68", prompts::WRITTEN_CHOICES),
    // afrimmlu/direct/prompt_1/utils.doc_to_text
    ("e7592367ce303a9953730c4e98e93c0c7b702ffdce0fe673beae72630bce52ca", prompts::FORMATTED),
    // afrimmlu/direct/prompt_2/utils.doc_to_text
    ("ea7a3e794ec8fcbc92cd7043d54edea3c5a1ba27cb7d0612d53fa4fc473310a0", prompts::FORMATTED),
    // afrimmlu/direct/prompt_3/utils.doc_to_text
    ("5040a9548038ee0bfdfcde9b30c77d7cf00138d0a79cc29a4e2488fea1d4cd99", prompts::FORMATTED),
    // afrimmlu/direct/prompt_4/utils.doc_to_text
    ("7cb69d9487b0ff292281ca426cd440760db969e099f6e08707a3d7756318235d", prompts::FORMATTED),
    // afrimmlu/direct/prompt_5/utils.doc_to_text
    ("721cf7cf070dd81ed14a63f17afd0d224a8c26ed6c471a3fea23a7df2159bd41", prompts::FORMATTED),
    // afrimmlu/translate/prompt_3/utils.doc_to_text
    ("5bc0f098f6ef736d0b72d80f4716ccddf6ceb4848d84ae8715ac6f2925a18863", prompts::FORMATTED),
    // afrimmlu/translate/prompt_5/utils.doc_to_text
    ("56b2db4d8fecbcb6f5e33ac237422691fb95e6f0d970d3b20526a5aa49f0efa8", prompts::FORMATTED),
    // afrixnli/lai prompt/direct/utils.doc_to_text
    ("b12610eaeef4e352ac6fc0d696b3a6d98d0ec2545b19394a44c2910f76c108a7", prompts::FORMATTED),
    // darijammlu/utils.doc_to_choice
    ("f5be30a2e56513adec889ba0bd0ba231c0e228208bf4ae54942988996485a506", prompts::ALPHA_LETTERS),
    // greekmmlu/utils.doc_to_choice
    ("ed7a435ef09024dc438ff5b014060ba9289743629feb5e0234b3d491f9e1f266", prompts::LABEL_LETTERS),
    // arabicmmlu/utils.doc_to_choice
    ("3b406ce9c23f5fa378fa1709dbf13351e4868b6f1ab7ae6061682b95c4ce6149", prompts::ARABIC_LETTERS),
    // darijammlu/utils.doc_to_text
    ("112169d7535282a452a458a2b9e484fa53ab76b554385df4ea520ac3eb45cf00", prompts::DARIJA_TEXT),
    // egymmlu/utils.doc_to_text
    ("38b9aee032d51363f43ce4a01085e8d10dfbc0a5a0ce54160e0256767c957051", prompts::EGYPTIAN_TEXT),
    // greekmmlu/utils.doc_to_text
    ("5264fd1b8d0e727fdf0db2ea5858db0cd05d0eeb53ff03b040230ab3cf8d4f20", prompts::GREEK_TEXT),
    // arabicmmlu/utils.doc_to_text
    ("a0e13bb860db27cd517411d19522b1b55c92137dc55fbe3a25b62de4d7bb6087", prompts::ARABIC_TEXT),
    // crows_pairs/utils.doc_to_choice
    ("acf877a020d298af7269b6824808f26578e0cc940fc55c03d7d74e3a84761c25", prompts::SENTENCES),
    // afrixnli/direct/prompt_1/utils.doc_to_target
    ("56d75032ad014686069596e3e69cb3b336aebd0dfe9937e0e40b781bd3b588e9", prompts::LABEL_NAME),
    // afrixnli/direct/prompt_2/utils.doc_to_target
    ("63f548056a02519f1531ba938d636a147db6a14c85d815efe71fc9ded45a020f", prompts::LABEL_NAME),
    // afrixnli/direct/prompt_5/utils.doc_to_target
    ("567b95e07a145927df304a7d875ab3c894be7e2487edea585615167c4c75960a", prompts::LABEL_NAME),
    // afrobench/masakhapos/prompt_1/utils.doc_to_target
    ("68faaa1602c32041fab3a4ae198b703b244f89f9ef5f6afa18f7ea61cb1cdbb2", prompts::TAG_NAMES),
    // afrobench/mafand/prompt_1/african-english/utils.get_target
    ("eaf1b9834ad2d6969e1f47169c52fca1627ebda63eef611addb56a59b61bd720", prompts::INTO_ENGLISH),
    // afrobench/mafand/prompt_1/english-african/utils.get_target_reverse
    ("edb93e564e80330112d1a8bc2cbe2bae5e2a0525b7e6850119879a65162debf0", prompts::FROM_ENGLISH),
    // afrobench/masakhaner/prompt_1/utils.span_f1_agg
    ("b9001a7573e084ad334ae8f11082790a6b7a9a2fe69c40a612c0cbd2821695b7", spans::SPAN_F1),
    // mmlusr/answer_only/utils.process_docs
    ("b78a931ea2ef0e1c8a9ed9dff9c2c7dc3022cb34ccefb343918aba5ebb08ebbb", rows::MMLU_SR),
    // tmmluplus/default/utils.process_docs
    ("a47a7e114f8179afc2ef7b418f48d33d125c3060d9c975fdab40eb1a53947e64", rows::TMMLU),
    // tmlu/default/utils.process_docs
    ("06fe683a66ddbf9bf8ae440fbb8f2f469bdd6dc4903cbf52be1b86012775ba84", rows::TMLU),
    // arabic_leaderboard_complete/arabic_leaderboard_avca/utils.process_docs
    ("4114f223662dbf48c5ea7121aa9bc5b0ced58ccfc6ac2abb58834d6a8b042105", rows::AVCA),
    // arabic_leaderboard_complete/arabic_leaderboard_arabic_mmlu/utils.process_docs
    ("1a8aba5c3d6b8885d731f91d30f77956043fd879fbc5f2c90fca067ce990f263", rows::LEADERBOARD),
    // arabic_leaderboard_complete/arabic_leaderboard_arabic_mt_mmlu/utils.process_docs
    ("a1f0f4c89c398fd4bd15798fe36744f3537c7ec0447e5117c473bb7dfcedf558", rows::TRANSLATED),
    // mlqa/utils.process_docs
    ("a24deee1e8360bd3ad2e754495551bc322a8a6ceb99c84f38921021062a22938", rows::MLQA),
    // okapi/hellaswag_multilingual/utils.process_docs
    ("72cf98b4d758dc355d0cd68f230cd60cf2111e0e3a8a9ad2fa0be0e8de91842f", rows::HELLASWAG),
    // okapi/arc_multilingual/utils.process_docs
    ("47385c78b3f661d5678f4a38479f964de7a13b28222da11edb4eca28d036a065", rows::ARC),
    // okapi/truthfulqa_multilingual/utils.process_docs
    ("de5a63bc170304a66bbd4535b8b5503a5bad54b03c70f2a9c3d20a9b7756ca81", rows::TRUTHFUL),
    // aradice/ArabicMMLU/EGY/utils.process_docs
    ("0355543198c24ae27b84ee05ffcf671d52ec94340d6109e7a866536bc34a71b6", rows::DIALECT),
    // aradice/ArabicMMLU/LEV/utils.process_docs
    ("8edbd0da66ee8c4f1f545d77494939465dd76c4c6e32ab74366b6bb4e57d993f", rows::DIALECT),
    // kobest/utils.hellaswag_process_doc
    ("daee26639a8c2e0c6b42931f4314c9ec303ce8867d1d28cede41f5b87ee171fe", rows::KOBEST),
    // afrixnli/direct/prompt_1/utils.weighted_f1_score
    ("d0ebb65512d9f552ee9f17478ea3cba40d3c31fc785248ef4a6525fdf18d73be", results::WEIGHTED_F1),
    // aradice/ArabicMMLU/EGY/metrics.micro_f1_score
    ("f5590b7d8ade209db9e3e922dbe9037a2959b829b21f2edb2609a74f124c1f23", results::MICRO_F1),
    // kobest/utils.macro_f1_score
    ("b5a33d8615d7dcdcc2890d3ae72b93774586409204d511c651e71cce5e13f28a", results::MACRO_F1),
    // afrobench/masakhapos/prompt_1/utils.acc_score
    ("5fdc64b267ede29acf10456fa2b608995228e3afd7ffefa647e447b55574b2d4", results::TAG_ACCURACY),
    // afrobench/afriqa/prompt_1/utils.f1
    ("66f3826aafcc4b8f8079be6bd66b1b9756f56ba3aba0b91c16785245e26be2c6", results::WORDS_F1),
    // okapi/truthfulqa_multilingual/utils.process_results_mc2
    ("cb96c24d7a9908c7107776e2ff8a33456617316ce5773240fc4018b1de72a52f", results::TRUE_SHARE),
    // crows_pairs/utils.process_results
    ("12f4b32ae320530eaed406c58c6b2a3e81f66f98122332bfb1671e1d6e1957d0", results::STEREOTYPE),
];
