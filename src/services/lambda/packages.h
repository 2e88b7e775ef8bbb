// The URL at which GetFunction and GetLayerVersion let a package be fetched for ten minutes, as AWS's presigned ones.
#pragma once
#include <string>
#include <string_view>

#include "gateway/context.h"

namespace fogbank::lambda {

std::string package_url(Context& cx, std::string_view account, std::string_view sha);

}  // namespace fogbank::lambda
