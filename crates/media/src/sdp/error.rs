/// Why a session description is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// It cannot be read.
    #[error("not an SDP: {0}")]
    Syntax(String),
    /// There is no `m=audio` line with a port.
    #[error("no audio stream is offered")]
    NoAudio,
    /// Neither PCMA nor PCMU is in it.
    #[error("no common codec: PCMA or PCMU is needed")]
    NoCodec,
    /// The profile is not plain RTP (RTP/AVP or RTP/AVPF), so nothing can be played into it.
    #[error("media profile {0} is not plain RTP")]
    Profile(String),
}
