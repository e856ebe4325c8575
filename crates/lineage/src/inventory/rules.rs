//! The names that makers give to the parts of a model, each beside its role.
//!
//! To teach a new name, add it to the line of its role. A name is the end of a tensor's name without `.weight`,
//! `.bias` and the like, whole words between dots; the longest that fits decides. `N` stands for the number of the
//! layer, `E` for that of the expert, `#` for any other number, and a leading `^` says that nothing but wrappers
//! (`model.`, `bert.`, `vision_tower.`, …) may come before.

use super::role::Role;
use super::words::Written;

/// Names inside a layer.
pub(super) const OF_A_LAYER: Written<Role> = &[
    (
        Role::Query,
        "q_proj attn_q wq query q_lin attn.q SelfAttention.q query_proj self_attn.linear_q to_q \
         attention.self.q self_attn_q",
    ),
    (
        Role::Key,
        "k_proj attn_k wk key k_lin attn.k SelfAttention.k key_proj self_attn.linear_k to_k \
         attention.self.k self_attn_k",
    ),
    (
        Role::Value,
        "v_proj attn_v wv value v_lin attn.v SelfAttention.v value_proj self_attn.linear_v to_v \
         attention.self.v self_attn_v",
    ),
    (
        Role::QueryKeyValue,
        "qkv_proj attn_qkv query_key_value c_attn Wqkv wqkv qkv to_qkv att_proj W_pack attn.in_proj \
         self_attn.in_proj attention.self.in_proj linear_attn.in_proj_qkv",
    ),
    (Role::KeyValue, "kv_proj to_kv key_value"),
    (Role::QueryDown, "q_a_proj attn_q_a wq_a"),
    (Role::QueryUp, "q_b_proj attn_q_b wq_b q_gate_proj"),
    (Role::KeyValueDown, "kv_a_proj_with_mqa kv_a_proj attn_kv_a_mqa wkv_a wkv_a_with_mqa"),
    (Role::KeyValueUp, "kv_b_proj attn_kv_b wkv_b"),
    (Role::KeyUp, "k_b_proj attn_k_b"),
    (Role::ValueUp, "v_b_proj attn_v_b"),
    // Phi 2 and Jina call attention a mixer (the last two), as Mamba calls its recurrence.
    (
        Role::AttentionOutput,
        "o_proj attn_output attn_out attn_o wo attn.Wo attention.output.dense attention.dense \
         self_attention.dense self_attn.dense attn.c_proj attn.out_proj self_attn.out_proj \
         attention.out_proj out_lin attn.proj attn.out self_attn.linear_out attn.to_out attn.to_out.# \
         SelfAttention.o attention.projection_layer self_attn.projection_layer self_attn.projection \
         self_attn_out \
         h.N.mixer.out_proj encoder.layers.N.mixer.out_proj",
    ),
    (Role::AttentionGate, "attn_gate self_attn.gate_proj self_attn.g_proj linear_attn.in_proj_z"),
    (Role::AttentionSink, "attn_sinks self_attn.sinks attention_sink_bias"),
    (
        Role::RelativePosition,
        "relative_attention_bias attn_rel_b cross_attn_rel_b rel_pos_h rel_pos_w attn.pos_h attn.pos_w \
         rel_attn_embed gru_rel_pos_const gru_rel_pos_linear distance_embedding \
         relative_position_bias_table pos_proj pos_q_proj pos_key_proj pos_query_proj linear_pos \
         pos_bias_u pos_bias_v rel_pos_emb attn_rel_pos_emb",
    ),
    (Role::IndexerQuery, "indexer.wq_b indexer.attn_q_b"),
    (Role::IndexerKey, "indexer.wk indexer.attn_k"),
    (Role::IndexerWeights, "indexer.weights_proj indexer.proj"),
    (Role::NormIndexerKey, "indexer.k_norm"),
    (
        Role::CrossQuery,
        "encoder_attn.q_proj cross_attn.q_proj cross_attn_q cross_attn.query crossattention.self.query \
         crossattention.attention.query crossattention.q_attn EncDecAttention.q",
    ),
    (
        Role::CrossKey,
        "encoder_attn.k_proj cross_attn.k_proj cross_attn_k cross_attn.key crossattention.self.key \
         crossattention.attention.key EncDecAttention.k",
    ),
    (
        Role::CrossValue,
        "encoder_attn.v_proj cross_attn.v_proj cross_attn_v cross_attn.value crossattention.self.value \
         crossattention.attention.value EncDecAttention.v",
    ),
    (Role::CrossKeyValue, "crossattention.c_attn"),
    (
        Role::CrossOutput,
        "encoder_attn.out_proj cross_attn.o_proj cross_attn.out_proj cross_attn_o cross_attn_out \
         cross_attn.out crossattention.output.dense crossattention.c_proj EncDecAttention.o",
    ),
    // Qwen 1 multiplies w1 by the activation of w2.
    (
        Role::Gate,
        "gate_proj ffn_gate ffn_gate.E feed_forward.w1 ffn.w1 experts.E.w1 residual_mlp.w1 mlp.w2 \
         c_fc_0 c_fc2 mlp.fc12 mlp.linear_1 mlp.gated_layers_w wi_0 ff_proj",
    ),
    (
        Role::Up,
        "up_proj ffn_up ffn_up.E feed_forward.w3 ffn.w3 experts.E.w3 residual_mlp.w3 mlp.w1 c_fc c_fc_1 \
         fc1 mlp.fc1 mlp.fc0 mlp.fc11 fc_in linear_fc1 mlp.linear_3 mlp.gated_layers_v \
         intermediate.dense intermediate_dense intermediate_query.dense dense_h_to_4h ffn.lin1 mlp.lin1 \
         albert_layers.N.ffn mlp.0 wi wi_1",
    ),
    // ChatGLM 2 and later; that of GPT-NeoX, Falcon and BLOOM has no gate.
    (
        Role::GateUp,
        "gate_up_proj mlp.Wi w12 mlp.up_gate_proj mlp.up_gated_layer mlp.gated_layers ffn.proj_1 \
         encoder.layers.N.mlp.dense_h_to_4h",
    ),
    (
        Role::Down,
        "down_proj ffn_down ffn_down.E feed_forward.w2 ffn.w2 experts.E.w2 residual_mlp.w2 mlp.w3 \
         mlp.c_proj mlp.wo mlp.Wo fc2 fc_out linear_fc2 output.dense output_dense output_query.dense \
         dense_4h_to_h ffn.lin2 mlp.lin2 mlp.2 mlp.down_layer ffn.proj_2 ff_out DenseReluDense.wo \
         albert_layers.N.ffn_output",
    ),
    (
        Role::ExpertsGate,
        "experts.gate_proj ffn_gate_exps feed_forward.experts.w1 block_sparse_moe.experts.w1 \
         ffn.experts.mlp.w1",
    ),
    (
        Role::ExpertsUp,
        "experts.up_proj ffn_up_exps feed_forward.experts.w3 block_sparse_moe.experts.w3 \
         ffn.experts.mlp.v1 mlp.experts.mlp.w1",
    ),
    (Role::ExpertsGateUp, "experts.gate_up_proj ffn_gate_up_exps block_sparse_moe.input_linear"),
    (
        Role::ExpertsDown,
        "experts.down_proj ffn_down_exps feed_forward.experts.w2 block_sparse_moe.experts.w2 \
         block_sparse_moe.output_linear ffn.experts.mlp.w2 mlp.experts.mlp.w2",
    ),
    (
        Role::SharedGate,
        "shared_expert.gate_proj shared_experts.gate_proj shared_mlp.gate_proj share_expert.gate_proj \
         ffn_gate_shexp shared_experts.w1",
    ),
    (
        Role::SharedUp,
        "shared_expert.up_proj shared_experts.up_proj shared_mlp.up_proj share_expert.up_proj \
         ffn_up_shexp shared_experts.w3",
    ),
    (Role::SharedGateUp, "shared_mlp.input_linear shared_experts.gate_up_proj"),
    (
        Role::SharedDown,
        "shared_expert.down_proj shared_experts.down_proj shared_mlp.down_proj shared_mlp.output_linear \
         share_expert.down_proj ffn_down_shexp shared_experts.w2",
    ),
    (
        Role::Router,
        "mlp.gate mlp.gate.wg block_sparse_moe.gate feed_forward.gate ffn.gate moe.gate mixer.gate \
         N.gate ffn_gate_inp router router.layer router.proj router.gate router.classifier \
         primary_router",
    ),
    (
        Role::RouterCorrection,
        "e_score_correction_bias e_score_correction exp_probs_b expert_bias router_bias",
    ),
    (Role::SharedRouter, "shared_expert_gate ffn_gate_inp_shexp"),
    // Falcon 40B has one norm for attention and one for the network, side by side.
    (
        Role::NormAttention,
        "input_layernorm input_layernorm.norm attn_norm attn_norm_2 ln_attn attention_norm \
         attention_layernorm pre_attention_layernorm pre_attn_norm attn_pre_norm norm_pre_attn \
         pre_mixer_norm operator_norm temporal_pre_norm self_attn_layer_norm norm_self_att attn_ln ln_1 \
         ln1 N.ln norm_1 norm1 norm0 N.norm N.layer_norm layer_norm1 layernorm_before \
         decoder_layer.N.rms_norm norm_attn_norm.norm_1 block.N.layer.0.layer_norm",
    ),
    // In Gemma 2, OLMo 2 and EXAONE 4 this one follows attention: see `context`.
    (
        Role::NormFeedForward,
        "post_attention_layernorm post_attention_layernorm.norm ffn_norm ff_norm ln_mlp mlp_norm mlp_ln \
         feedforward_layernorm pre_feedforward_layernorm pre_ff_layernorm pre_mlp_layernorm \
         pre_mlp_norm pre_moe_layernorm pre_moe_norm channel_pre_norm final_layer_norm ln_2 ln2 norm_2 \
         norm2 layer_norm2 layernorm_after decoder_layer.N.rms_norm_2 \
         encoder.block.N.layer.1.layer_norm decoder.block.N.layer.2.layer_norm",
    ),
    (
        Role::NormPostAttention,
        "post_attention_norm post_self_attn_layernorm post_attn_norm attn_post_norm norm_post_attn \
         post_mixer_norm attn_output_norm attn_out_norm attention.output.LayerNorm sa_layer_norm \
         post_norm1 self_attn_norm decoder_layer.N.rms_norm_1 norm_attn_norm.norm_2",
    ),
    (
        Role::NormPostFeedForward,
        "post_feedforward_layernorm post_mlp_layernorm post_mlp_norm post_moe_norm post_ffw_norm \
         ffn_post_norm layer_output_norm output.LayerNorm output_query.LayerNorm output_layer_norm \
         post_norm2 N.final_layernorm decoder_layer.N.rms_norm_3 full_layer_layer_norm",
    ),
    (
        Role::NormCross,
        "encoder_attn_layer_norm cross_attn_norm cross_attn_ln ln_cross_attn \
         crossattention.output.LayerNorm decoder.block.N.layer.1.layer_norm",
    ),
    (
        Role::NormQuery,
        "q_norm attn_q_norm q_layernorm q_layernorm.norms.# query_layernorm query_norm q_ln \
         layer_norm_q",
    ),
    (
        Role::NormKey,
        "k_norm attn_k_norm k_layernorm k_layernorm.norms.# key_layernorm key_norm k_ln layer_norm_k",
    ),
    (Role::NormQueryLatent, "q_a_layernorm attn_q_a_norm q_a_norm"),
    (Role::NormKeyValueLatent, "kv_a_layernorm attn_kv_a_norm kv_a_norm kv_norm"),
    (Role::NormAttentionInner, "attn_sub_norm inner_attn_ln"),
    (Role::NormFeedForwardInner, "ffn_sub_norm ffn_layernorm"),
    (Role::NormState, "ssm_norm mamba.norm mixer.norm linear_attn.norm"),
    (Role::NormStateStep, "ssm_dt_norm dt_layernorm mixer.dt_norm"),
    (Role::NormStateIn, "ssm_b_norm b_layernorm B_layernorm mixer.B_norm"),
    (Role::NormStateOut, "ssm_c_norm c_layernorm C_layernorm mixer.C_norm"),
    (
        Role::NormOther,
        "conv_layers.N.layer_norm deepstack.N.norm deepstack_merger_list.N.norm hnorm nextn.hnorm",
    ),
    (Role::ScaleAttention, "ls1 ls_1 lambda_1 layer_scale1 layer_scale1.lambda1 cross_attn_attn_gate"),
    (Role::ScaleFeedForward, "ls2 ls_2 lambda_2 layer_scale2 layer_scale2.lambda1 cross_attn_mlp_gate"),
    (Role::StateInput, "ssm_in mixer.in_proj mamba.in_proj N.in_proj linear_attn.in_proj_qkvz"),
    (Role::StateConvolution, "ssm_conv1d mixer.conv1d mamba.conv1d linear_attn.conv1d N.conv1d"),
    (Role::StateSelect, "ssm_x x_proj mixer.bcdt_proj"),
    (Role::StateStep, "ssm_dt dt_proj mixer.dt mamba.dt linear_attn.dt"),
    (Role::StateDecay, "ssm_a A_log"),
    (Role::StateSkip, "ssm_d mixer.D mamba.D N.D"),
    (Role::StateGate, "ssm_ba ssm_alpha ssm_beta in_proj_ba in_proj_a in_proj_b"),
    (Role::StateOutput, "ssm_out mixer.out_proj mamba.out_proj linear_attn.out_proj N.out_proj"),
    (
        Role::Convolution,
        "N.conv conv.conv shortconv.conv conv_dw conv_pw1 conv_pw2 depthwise_conv pointwise_conv1 \
         pointwise_conv2",
    ),
    // Layers that predict tokens further ahead have ends of their own (DeepSeek V3).
    (Role::Embedding, "N.embed_tokens nextn.embed_tokens"),
    (Role::NormEmbedding, "enorm nextn.enorm"),
    (Role::Projection, "eh_proj nextn.eh_proj"),
    (Role::NormFinal, "shared_head.norm nextn.shared_head_norm"),
    (Role::Output, "shared_head.head nextn.shared_head_head"),
    // What only looks like one of the above: the gates inside the norms of A.X K2, the channel mixing of RWKV, experts
    // for images beside those for text (CogVLM), experts in chunks (Grove).
    (
        Role::Unnamed,
        "input_layernorm.mlp.fc1 input_layernorm.mlp.fc2 post_attention_layernorm.mlp.fc1 \
         post_attention_layernorm.mlp.fc2 feed_forward.key feed_forward.value \
         vision_mlp.gate_proj vision_mlp.up_proj vision_mlp.down_proj chunk_experts.gate_proj \
         chunk_experts.up_proj chunk_experts.down_proj",
    ),
];

/// Names outside layers.
pub(super) const OUTSIDE: Written<Role> = &[
    (
        Role::Embedding,
        "embed_tokens tok_embeddings wte word_embeddings token_embd token_embedding token_embeddings \
         embed_in in_out_embed ^embed ^embedding ^embeddings ^shared",
    ),
    (
        Role::PositionEmbedding,
        "wpe position_embeddings position_embedding positional_embedding positional_embedding_vlm \
         embed_positions position_embd pos_embed pos_emb pos_embd pos_embed_k pos_embd_k \
         position_embedding_table pos_conv_embed.conv pos_conv_embed.conv.conv",
    ),
    (Role::TypeEmbedding, "token_type_embeddings token_types"),
    (
        Role::TokenVector,
        "class_embedding cls_embedding class_embd cls_token cls_token.token distillation_token \
         mask_token dist_token register_tokens reg_token image_newline view_seperator view_separator \
         glb_GN sub_GN masked_spec_embed query_tokens token_embd.img_break boi eoi",
    ),
    (
        Role::PatchEmbedding,
        "patch_embedding patch_embedding.proj patch_embeddings.projection \
         patch_embed.proj patch_embd patch_conv patch_embedder.input_proj",
    ),
    (
        Role::NormEmbedding,
        "embeddings.LayerNorm embeddings.norm token_embd_norm word_embeddings_layernorm \
         layernorm_embedding embedding_norm emb_ln norm_embd pre_layrnorm ln_pre pre_ln norm_pre \
         layernorm_pre post_conv_layernorm",
    ),
    (
        Role::NormFinal,
        "^norm ^ln ^layernorm ^layer_norm ln_f norm_f ln_out ln_final ln_post post_ln output_norm \
         final_norm final_layer_norm final_layernorm post_layernorm layernorm_post rms_norm \
         post_trunk_norm lm_head.ln",
    ),
    (
        Role::Output,
        "lm_head lm_head.decoder output_layer embed_out vocab_projector generator_lm_head \
         predictions.decoder ^cls.predictions ^predictions ^output ^proj_out ^head ^decoder",
    ),
    (
        Role::OutputTransform,
        "predictions.transform.dense predictions.dense lm_head.dense ^head.dense vocab_transform \
         generator_predictions.dense",
    ),
    (
        Role::NormOutput,
        "predictions.transform.LayerNorm predictions.LayerNorm lm_head.layer_norm lm_head.LayerNorm \
         ^head.norm vocab_layer_norm generator_predictions.LayerNorm",
    ),
    (
        Role::Projection,
        "embeddings_project embedding_hidden_mapping_in project_in project_out text_projection \
         visual_projection text_model.head feature_projection.projection audio_tower.proj project_q \
         project_hid quantizer.weight_proj",
    ),
    (Role::RelativePosition, "rel_embeddings relative_attention_bias"),
    (Role::Pooler, "pooler.dense ^pooler"),
    (
        Role::ClassifierTransform,
        "classifier.dense pre_classifier classification_head.dense discriminator_predictions.dense",
    ),
    (
        Role::Classifier,
        "score classifier classifier.out_proj classification_head.out_proj qa_outputs cls.seq_relationship \
         ^cls ^cls.output v_head v_head.summary value_head reward_head \
         discriminator_predictions.dense_prediction",
    ),
    (Role::NormOther, "feature_projection.layer_norm encoder.LayerNorm ^cls.norm"),
    // Whisper's front end, and llama.cpp's name for it; that of CLIP is among the names of vision.
    (Role::Convolution, "conv1 conv2 conv1d.# conv2d.#"),
];

/// Names outside layers that mean something else, or only mean something, in an encoder of images.
pub(super) const OF_VISION: Written<Role> = &[
    (Role::PatchEmbedding, "conv1"),
    (Role::Projection, "^proj"),
    (Role::TokenVector, "head.probe"),
    // The head that pools the patches (SigLIP).
    (Role::QueryKeyValue, "head.attention.in_proj"),
    (Role::AttentionOutput, "head.attention.out_proj"),
    (Role::NormOther, "head.layernorm"),
    (Role::Up, "head.mlp.fc1"),
    (Role::Down, "head.mlp.fc2"),
];

/// Names outside layers in an adapter. Those that are not here are placed by their shapes.
pub(super) const OF_ADAPTER: Written<Role> = &[
    (Role::Gate, "gate_proj mm.gate"),
    (Role::Up, "up_proj mm.up img_projection_up up_proj_for_speech"),
    (Role::Down, "down_proj mm.down img_projection_down down_proj_for_speech"),
    (Role::Query, "attn.q self_attn.q_proj"),
    (Role::Key, "attn.k self_attn.k_proj"),
    (Role::Value, "attn.v self_attn.v_proj"),
    (Role::QueryKeyValue, "attn.in_proj"),
    (Role::AttentionOutput, "attn.out_proj attn.out self_attn.out_proj"),
    (
        Role::TokenVector,
        "query query_tokens latents proj_query image_newline view_seperator view_separator glb_GN sub_GN \
         mm.image_begin mm.image_end",
    ),
    (Role::PositionEmbedding, "pos_emb pos_embed pos_embd_k pos_embed_k"),
    // Qwen's merger begins with what other makers count as the encoder's last norm, and so does llama.cpp.
    (Role::NormFinal, "merger.ln_q merger.norm"),
];

/// Whole ends of names, `.weight` and all, of what is computed and not learned.
pub(super) const BUFFERS: &str = "\
    inv_freq original_inv_freq rope.freqs rope_freqs.weight rope_factors_long.weight \
    rope_factors_short.weight attn_rot_embd freqs_cis cos_cached sin_cached masked_bias causal_mask \
    attn_mask position_ids token_type_ids relative_position_index relative_coords_table \
    embed_positions.weights forward_basis_buffer mel_filters";

/// Whole ends of names that are a causal mask where they have two dimensions or more, and else a bias (GPT-2).
pub(super) const MASKS: &str = "attn.bias attention.bias";
