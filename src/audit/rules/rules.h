#pragma once

#include "crossfold/audit/rule.h"

namespace crossfold::audit {

// One rule a file, which holds all of it: what it asks, what it compares with, its two cases.

const Rule& int_01();  ///< checksums and hashes
const Rule& int_02();  ///< the store against the plan
const Rule& int_03();  ///< artefacts
const Rule& int_04();  ///< plan against journal
const Rule& int_05();  ///< the plan rebuilt
const Rule& int_06();  ///< files and tables made again
const Rule& rep_01();  ///< scores computed again
const Rule& rep_02();  ///< fits trained again
const Rule& rep_03();  ///< the other engine
const Rule& rep_04();  ///< convergence

const Rule& lea_01();  ///< patients across parts
const Rule& lea_02();  ///< identical rows
const Rule& lea_03();  ///< near duplicates
const Rule& lea_04();  ///< what duplicates are worth
const Rule& lea_05();  ///< out of sample
const Rule& lea_06();  ///< a column that is the answer
const Rule& con_01();  ///< class by domain
const Rule& con_02();  ///< what the source alone scores
const Rule& con_03();  ///< scores inside a domain
const Rule& con_04();  ///< what can be read from the features
const Rule& con_05();  ///< dose and response
const Rule& con_06();  ///< folds against domain and class

const Rule& pro_01();  ///< trained on what is called out of sample
const Rule& pro_02();  ///< peeking
const Rule& pro_03();  ///< candidates tried and reported
const Rule& pro_04();  ///< builds and machines

const Rule& sta_01();  ///< small classes, undefined scores
const Rule& sta_02();  ///< differences between candidates
const Rule& sta_03();  ///< optimism of what was chosen
const Rule& sta_04();  ///< influence of one patient, seed or fold
const Rule& sta_05();  ///< repeated splits

}  // namespace crossfold::audit
