// A header field as a pair of views: what HTTP, signatures and protocol readers pass to each other.
#pragma once
#include <string_view>

namespace fogbank {

struct HeaderView { std::string_view name, value; };

}  // namespace fogbank
