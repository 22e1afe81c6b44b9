#pragma once

#include "case_maker.h"

namespace crossfold::audit {

/// Takes `length` off the direction of each sample's class, which is 3 long in CaseMaker's studies.
void shorten_class_directions(MadeStudy& study, double length);

}  // namespace crossfold::audit
