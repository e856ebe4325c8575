//! What a tensor does in its model, whatever the model's makers call it.

/// Declares [`Role`] with the words that reports and fixtures use, so that the two lists cannot part.
macro_rules! roles {
    ($($(#[$doc:meta])+ $role:ident = $word:literal,)+) => {
        /// What a tensor does in its model.
        ///
        /// The order is that of a forward pass, so sorted parts read as the model runs.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Role {
            $($(#[$doc])+ $role,)+
        }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$role,)+];

            /// Its word in reports and fixtures.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $word,)+
                }
            }
        }
    };
}

roles! {
    /// Rows of tokens.
    Embedding = "embedding",
    /// Learned positions.
    PositionEmbedding = "position_embedding",
    /// Rows of segment types (BERT).
    TypeEmbedding = "type_embedding",
    /// A learned vector that stands for a token: class, mask, line break of an image, queries of a resampler.
    TokenVector = "token_vector",
    /// Patches of an image to vectors.
    PatchEmbedding = "patch_embedding",
    /// A convolution, of an audio front end or inside a layer.
    Convolution = "convolution",
    /// The norm over embeddings, before the first layer.
    NormEmbedding = "norm_embedding",
    /// The norm before attention, or before the only mixer of the layer.
    NormAttention = "norm_attention",
    /// Query rows.
    Query = "query",
    /// Key rows.
    Key = "key",
    /// Value rows.
    Value = "value",
    /// Query, key and value rows in one matrix; how they are interleaved differs between families.
    QueryKeyValue = "query_key_value",
    /// Key and value rows in one matrix.
    KeyValue = "key_value",
    /// Hidden to the latent of the queries (MLA).
    QueryDown = "query_down",
    /// Latent of the queries to query rows (MLA).
    QueryUp = "query_up",
    /// Hidden to the shared latent of keys and values, with the rotary key (MLA).
    KeyValueDown = "key_value_down",
    /// Shared latent to key and value rows (MLA).
    KeyValueUp = "key_value_up",
    /// The key half of [`Role::KeyValueUp`], as llama.cpp splits it.
    KeyUp = "key_up",
    /// The value half of [`Role::KeyValueUp`], as llama.cpp splits it.
    ValueUp = "value_up",
    /// The norm over queries.
    NormQuery = "norm_query",
    /// The norm over keys.
    NormKey = "norm_key",
    /// The norm over the latent of the queries (MLA).
    NormQueryLatent = "norm_query_latent",
    /// The norm over the latent of keys and values (MLA).
    NormKeyValueLatent = "norm_key_value_latent",
    /// Query rows of the indexer of sparse attention.
    IndexerQuery = "indexer_query",
    /// Key rows of the indexer of sparse attention.
    IndexerKey = "indexer_key",
    /// Weights of the indexer's heads.
    IndexerWeights = "indexer_weights",
    /// The norm over the indexer's keys.
    NormIndexerKey = "norm_indexer_key",
    /// Gate on the output of attention.
    AttentionGate = "attention_gate",
    /// A logit of each head that takes attention away from all tokens.
    AttentionSink = "attention_sink",
    /// Relative positions inside attention.
    RelativePosition = "relative_position",
    /// The norm on the output of attention before its output matrix (`BitNet`).
    NormAttentionInner = "norm_attention_inner",
    /// Heads back to hidden.
    AttentionOutput = "attention_output",
    /// A factor for each channel of what attention adds.
    ScaleAttention = "scale_attention",
    /// The norm after attention, before or after the sum.
    NormPostAttention = "norm_post_attention",
    /// The norm before, or in old models after, attention on another stack.
    NormCross = "norm_cross",
    /// Query rows of attention on another stack.
    CrossQuery = "cross_query",
    /// Key rows of attention on another stack.
    CrossKey = "cross_key",
    /// Value rows of attention on another stack.
    CrossValue = "cross_value",
    /// Key and value rows of attention on another stack, in one matrix.
    CrossKeyValue = "cross_key_value",
    /// Heads of attention on another stack back to hidden.
    CrossOutput = "cross_output",
    /// Input of a recurrent mixer (Mamba, gated delta rule).
    StateInput = "state_input",
    /// Short convolution of a recurrent mixer.
    StateConvolution = "state_convolution",
    /// What selects step, input and output of the state (Mamba's `x_proj`).
    StateSelect = "state_select",
    /// The step of the state (Mamba's dt).
    StateStep = "state_step",
    /// How the state decays (Mamba's A).
    StateDecay = "state_decay",
    /// What passes the state by (Mamba's D).
    StateSkip = "state_skip",
    /// Strengths of writing and forgetting (gated delta rule).
    StateGate = "state_gate",
    /// The norm over the step (Jamba).
    NormStateStep = "norm_state_step",
    /// The norm over what enters the state (Jamba's B).
    NormStateIn = "norm_state_in",
    /// The norm over what leaves the state (Jamba's C).
    NormStateOut = "norm_state_out",
    /// The norm over the mixer's output.
    NormState = "norm_state",
    /// A recurrent mixer back to hidden.
    StateOutput = "state_output",
    /// The norm before the feed-forward network.
    NormFeedForward = "norm_feed_forward",
    /// Tokens to experts.
    Router = "router",
    /// What is added to the router's scores to balance its experts.
    RouterCorrection = "router_correction",
    /// The gate of the shared expert.
    SharedRouter = "shared_router",
    /// Hidden to feed-forward, through the activation.
    Gate = "gate",
    /// Hidden to feed-forward; in networks without a gate, the only one.
    Up = "up",
    /// Gate and up in one matrix.
    GateUp = "gate_up",
    /// The norm on the gated activations (`BitNet`).
    NormFeedForwardInner = "norm_feed_forward_inner",
    /// Feed-forward to hidden.
    Down = "down",
    /// [`Role::Gate`] of all experts of a layer in one tensor.
    ExpertsGate = "experts_gate",
    /// [`Role::Up`] of all experts of a layer in one tensor.
    ExpertsUp = "experts_up",
    /// [`Role::GateUp`] of all experts of a layer in one tensor.
    ExpertsGateUp = "experts_gate_up",
    /// [`Role::Down`] of all experts of a layer in one tensor.
    ExpertsDown = "experts_down",
    /// Gate of the experts that see every token.
    SharedGate = "shared_gate",
    /// Up of the experts that see every token.
    SharedUp = "shared_up",
    /// Gate and up, in one matrix, of the experts that see every token.
    SharedGateUp = "shared_gate_up",
    /// Down of the experts that see every token.
    SharedDown = "shared_down",
    /// A factor for each channel of what the feed-forward network adds.
    ScaleFeedForward = "scale_feed_forward",
    /// The norm after the feed-forward network, before or after the sum.
    NormPostFeedForward = "norm_post_feed_forward",
    /// The norm after the last layer.
    NormFinal = "norm_final",
    /// A norm that no other word fits.
    NormOther = "norm_other",
    /// A matrix between two spaces: from an encoder to the language model, from narrow embeddings to hidden.
    Projection = "projection",
    /// The transform before the output matrix (BERT).
    OutputTransform = "output_transform",
    /// The norm before the output matrix (BERT).
    NormOutput = "norm_output",
    /// Hidden to tokens.
    Output = "output",
    /// The transform of the first token (BERT).
    Pooler = "pooler",
    /// The transform before the classes (`RoBERTa`, ELECTRA).
    ClassifierTransform = "classifier_transform",
    /// Hidden to classes, spans or a value.
    Classifier = "classifier",
    /// No weight: rotary tables, masks, position ids, bases of a Fourier transform, sinusoids.
    Buffer = "buffer",
    /// Not known.
    Unnamed = "unnamed",
}

impl Role {
    /// Whether it is the weight of a norm.
    pub fn is_norm(self) -> bool {
        // Every norm's word begins so, and no other's does.
        self.name().starts_with("norm_")
    }

    /// Whether it is a matrix that a layer has: the ones that are compared row by row.
    pub fn is_matrix_of_layer(self) -> bool {
        self.reads_hidden() || self.writes_hidden() || self.is_inside_attention()
    }

    /// Whether its inputs are the hidden vector of its own stack.
    pub fn reads_hidden(self) -> bool {
        matches!(
            self,
            Self::Query
                | Self::Key
                | Self::Value
                | Self::QueryKeyValue
                | Self::KeyValue
                | Self::QueryDown
                | Self::KeyValueDown
                | Self::CrossQuery
                | Self::StateInput
                | Self::Router
                | Self::Gate
                | Self::Up
                | Self::GateUp
                | Self::ExpertsGate
                | Self::ExpertsUp
                | Self::ExpertsGateUp
                | Self::SharedGate
                | Self::SharedUp
                | Self::SharedGateUp
        )
    }

    /// Whether its outputs are the hidden vector of its own stack.
    pub fn writes_hidden(self) -> bool {
        matches!(
            self,
            Self::AttentionOutput
                | Self::CrossOutput
                | Self::StateOutput
                | Self::Down
                | Self::ExpertsDown
                | Self::SharedDown
        )
    }

    fn is_inside_attention(self) -> bool {
        matches!(
            self,
            Self::QueryUp
                | Self::KeyValueUp
                | Self::KeyUp
                | Self::ValueUp
                | Self::CrossKey
                | Self::CrossValue
                | Self::CrossKeyValue
        )
    }

    /// What one expert's slice is, of a tensor that holds all experts of a layer.
    pub fn of_one_expert(self) -> Option<Self> {
        match self {
            Self::ExpertsGate => Some(Self::Gate),
            Self::ExpertsUp => Some(Self::Up),
            Self::ExpertsGateUp => Some(Self::GateUp),
            Self::ExpertsDown => Some(Self::Down),
            _ => None,
        }
    }

    /// Whether it is learned, and so can tell where a model comes from.
    pub fn is_learned(self) -> bool {
        self != Self::Buffer
    }
}
