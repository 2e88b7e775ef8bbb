#include "services/lambda/runtime/init_image.h"

#include <string_view>

// FOGBANK_SANDBOX_INIT is the path of the built program (CMakeLists.txt).
asm(".section .rodata\n"
    ".balign 16\n"
    "fogbank_sandbox_init_begin:\n"
    ".incbin \"" FOGBANK_SANDBOX_INIT "\"\n"
    "fogbank_sandbox_init_end:\n"
    ".previous\n");
extern "C" const char fogbank_sandbox_init_begin[], fogbank_sandbox_init_end[];

namespace fogbank::lambda::runtime {

Result<std::shared_ptr<run::Fd>> init_image() {
  static const auto made = run::memory_file({fogbank_sandbox_init_begin, size_t(fogbank_sandbox_init_end - fogbank_sandbox_init_begin)}).map([](run::Fd&& fd) {
    return std::make_shared<run::Fd>(std::move(fd));
  });
  return made;
}

}  // namespace fogbank::lambda::runtime
