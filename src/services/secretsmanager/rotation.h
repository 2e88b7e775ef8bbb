// Rotation: by the schedule of a secret or on demand, a Lambda function is called four times (createSecret, setSecret, testSecret,
// finishSecret), each call a task; what it does, it does through Secrets Manager's own operations. Before the first call the staging label
// AWSPENDING leads to the version that the function is to make, which does not exist yet.
//
// A step that fails begins the rotation anew, after growing pauses, a few times; then it rests until the next window, with the same version.
// Everything is in the secret's record and in the tasks' payloads; each step may be called again after a crash. Functions that take a Txn
// change the caller's copy of the secret, which the caller writes.
#pragma once
#include <optional>

#include "base/record.h"
#include "services/secretsmanager/encryption.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// Payload of secretsmanager.run_rotation.
struct RotationWork {
  std::string name, suffix, token;
  int64_t step = 0, failures = 0;
  bool test = false;                           ///< only testSecret, on a copy of the current value that goes away afterwards
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, suffix); a(3, token); a(4, step); a(5, failures); a(6, test); a(unknown); }
};

/// What RotateSecret without RotateImmediately needs: the current value, for a version on which testSecret is tried. Left by the authorise
/// function; both absent: there is no value.
struct RotationTest {
  std::optional<Opening> from;
  std::optional<Sealing> to;
  std::optional<ApiError> refused;             ///< by KMS, about names: told after the decisions
};

/// A rotation has begun and its version has not become the current one.
bool rotation_pending(const StoredSecret& secret);

/// Plans the next rotation: the first window after `after`, or none.
void set_rotation_timer(store::Txn& tx, const Scope& scope, StoredSecret& secret, Millis after);
/// The version `token` becomes the pending one, and the first step is due now.
void begin_rotation(store::Txn& tx, const Scope& scope, StoredSecret& secret, std::string_view token, Millis now, bool test);
/// Ends what is planned and what is under way. A pending version stays, as its function left it.
void cancel_rotation(store::Txn& tx, StoredSecret& secret);

}  // namespace fogbank::secretsmanager
