// KMS's errors with the real texts. Sources: recorded answers; developer guide, "Key states of AWS KMS keys"; API reference. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::kms {

ApiError key_not_found(std::string_view arn);             ///< Key '…' does not exist
ApiError invalid_key_id(std::string_view given);          ///< Invalid keyId '…'
ApiError invalid_arn(std::string_view given);
ApiError alias_not_found(std::string_view arn);           ///< Alias … is not found.
ApiError disabled(std::string_view arn);
ApiError pending_deletion(std::string_view arn);
ApiError invalid_state(std::string message);
ApiError invalid_usage(std::string_view usage, std::string_view arn, std::string_view operation);
ApiError incompatible_algorithm(std::string_view algorithm, std::string_view spec);
ApiError invalid_ciphertext();
ApiError incorrect_key();
ApiError unreachable_key();                               ///< The ciphertext refers to a customer master key that does not exist …
ApiError unsupported(std::string message = {});
ApiError validation(std::string message);
ApiError limit_exceeded(std::string message);
ApiError dry_run();
ApiError invalid_marker();
/// The stored material cannot be opened with this data directory's key file.
ApiError damaged_material(std::string detail);
/// 501, naming what is not served.
ApiError not_served(std::string_view what);

}  // namespace fogbank::kms
