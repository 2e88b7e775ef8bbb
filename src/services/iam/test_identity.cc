// The test core's IdentitySource (gateway/testing.h) is the real one.
#include "gateway/testing.h"
#include "services/iam/identity.h"

namespace fogbank::testing {

std::unique_ptr<auth::IdentitySource> make_test_identity(Core& core) { return iam::make_identity(core); }

}  // namespace fogbank::testing
