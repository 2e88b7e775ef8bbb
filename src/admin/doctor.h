// What `fogbank doctor` tells: helpers that features need and whether they are here, whether sandboxes can be made, tasks given up.
#pragma once
#include <string>

#include "gateway/core.h"

namespace fogbank::admin {

std::string doctor_json(Core& core);
/// The full path of a program on PATH, or empty.
std::string find_program(const std::string& name);

}  // namespace fogbank::admin
