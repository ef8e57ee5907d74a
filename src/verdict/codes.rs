//! x
/// x
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaveatCode {
    /// a
    SingleRun, 
    /// a
    StatisticsOff, 
    /// a
    UnpairedPath, 
    /// a
    BuiltinLimits, 
    /// a
    MeanDelta}
impl CaveatCode { 
/// x
#[must_use]
pub fn as_str(self) -> &'static str { match self { Self::SingleRun => "single-run", Self::StatisticsOff => "statistics-off", Self::UnpairedPath => "unpaired-path", Self::BuiltinLimits => "builtin-limits", Self::MeanDelta => "mean-delta"} } }
