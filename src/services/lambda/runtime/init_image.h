// The program that is process 1 of every environment (init/sandbox_init.cc), as a sealed file in memory. Any thread.
#pragma once
#include <memory>

#include "base/error.h"
#include "run/descriptor.h"

namespace fogbank::lambda::runtime {

Result<std::shared_ptr<run::Fd>> init_image();

}  // namespace fogbank::lambda::runtime
