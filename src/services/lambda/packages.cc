#include "services/lambda/packages.h"

#include "base/strings.h"

namespace fogbank::lambda {

std::string package_url(Context& cx, std::string_view account, std::string_view sha) { return cat(cx.request().endpoint, "/2015-03-31/packages/", account, '/', sha); }

}  // namespace fogbank::lambda
