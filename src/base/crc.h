// The CRCs of encoding.h computed by tables only, whatever the processor can do: what the tests compare with. Pure, thread-safe.
#pragma once
#include <cstdint>
#include <string_view>

namespace fogbank::plain {

uint32_t crc32(std::string_view bytes, uint32_t seed = 0);
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);
uint64_t crc64nvme(std::string_view bytes, uint64_t seed = 0);

}  // namespace fogbank::plain
