// Sequence tokens: AWS still answers them, and ignores those that it is given. Pure.
#pragma once
#include <string>

#include "services/logs/state.h"

namespace fogbank::logs {

/// 56 digits; another one after each PutLogEvents.
std::string sequence_token(const Stream& stream);

}  // namespace fogbank::logs
