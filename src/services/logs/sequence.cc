#include "services/logs/sequence.h"

#include "services/logs/reading.h"

namespace fogbank::logs {

std::string sequence_token(const Stream& stream) {
  std::string digits = position_digits({stream.created, stream.id, stream.batches, 0});
  digits.front() = '4';
  return digits;
}

}  // namespace fogbank::logs
