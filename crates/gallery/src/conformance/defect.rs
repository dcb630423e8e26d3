//! What a broken model does wrong; for each there is a check that must notice.

/// One thing that a broken model does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Lets one unit more through than granted.
    OneUnitTooMany,
    /// Takes enroll units although the liveness units are used up.
    HalfACharge,
    /// Writes the enrolment although the quota is used up.
    WritesWhenExhausted,
    /// An update moves the time of the first enrolment.
    MovesCreation,
    /// An update without a photo leaves the old one.
    KeepsOldPhoto,
    /// An update changes the template only.
    ForgetsMetadata,
    /// A deletion leaves the photo.
    LeavesPhoto,
    /// Subjects are looked up without their app.
    SharesSubjects,
    /// Ids that differ by case are one.
    FoldsCase,
    /// Apps come in the order of their ids.
    OrdersById,
    /// Creating an app again overwrites it.
    OverwritesApp,
    /// A revoked key can be revoked again.
    RevokesTwice,
    /// Deleting an app leaves its subjects.
    LeavesSubjects,
    /// Templates lose their last bits.
    RoundsTemplates,
    /// A page begins with the subject that it should begin after.
    RepeatsTheCursor,
    /// A page after a subject that was deleted is empty.
    LosesItsPlace,
    /// Pages are longer than asked for.
    IgnoresPageLimits,
    /// Subjects come in an order that does not tell cases apart.
    ListsLikeADictionary,
    /// Templates after a subject that was deleted begin anew.
    BeginsTemplatesAnew,
    /// Templates of the first app only.
    TemplatesOfOneApp,
    /// Looks for a kept answer only after taking the units.
    ChargesReplays,
    /// A repetition writes its enrolment again.
    WritesReplays,
    /// Gives the repetition's own fingerprint back.
    LosesFingerprint,
    /// Does not look for a kept answer, and replaces it.
    ReplacesAnswers,
    /// Keys are looked up without their app.
    SharesAnswers,
    /// An answer outlives its time.
    NeverExpires,
    /// An expired answer is not replaced.
    KeepsExpired,
    /// Keeps the answer of a request that was refused.
    RemembersRefusals,
    /// Deleting a subject leaves the answers that name it.
    LeavesAnswers,
    /// Deleting a subject that is not enrolled leaves the answers that name it.
    LeavesAnswersOfStrangers,
    /// Deleting a subject makes its namesake in another app forgotten too.
    ForgetsNamesakes,
    /// Deleting an app leaves its answers.
    LeavesAnswersOfApps,
    /// Takes templates of any model.
    MixesModels,
}
