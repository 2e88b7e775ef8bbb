// A streaming answer that is made while it is sent and may have nothing to send for a while: the gateway gives its source the means to go on.
// Loop thread only.
#pragma once
#include <functional>

#include "http/server.h"

namespace fogbank {

class StreamedReply : public http::BodySource {
 public:
  /// Called before the first pull. `resume`: there is more, or it is over; may be called at any later time of the loop.
  virtual void attach(std::function<void()> resume) = 0;
};

}  // namespace fogbank
