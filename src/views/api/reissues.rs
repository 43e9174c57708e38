//! Applications to reissue.

use serde::Serialize;
use utoipa::ToSchema;

use super::cases::CaseDetail;

/// What was filed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reissue {
    pub reception_number: String,
    pub case: CaseDetail,
}
